using System.Text;
using BenchmarkDotNet.Attributes;
using Lodestone.Api.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.Benchmarks.FieldManagement;

/// <summary>What managedFields cost a write of an object the size of a LoadBalancer in use, and what an apply costs.</summary>
[MemoryDiagnoser]
public class FieldManagerBenchmarks
{
    private const string Metadata =
        "\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"7f0b6a52-5f3e-4d1c-9a1b-2c6f6f7d3a10\",\"resourceVersion\":\"4711\",\"generation\":3,"
        + "\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{\"app\":\"web\",\"team\":\"edge\",\"tier\":\"front\"},\"finalizers\":[\"lodestone.dev/loadbalancer\"]}";

    private const string Spec =
        "\"spec\":{\"type\":\"Public\",\"ipFamilies\":[\"IPv4\",\"IPv6\"],\"networkRef\":{\"name\":\"net-a\"},"
        + "\"networkInterfaceSelector\":{\"matchLabels\":{\"app\":\"web\"}},\"ports\":[{\"protocol\":\"TCP\",\"port\":80},{\"protocol\":\"TCP\",\"port\":443}]}";

    private static readonly string[] Conditions = ["NetworkReady", "AddressesAllocated", "TargetsReady", "Programmed"];

    private readonly FieldManager _manager = new(ResourceDefinitions.LoadBalancer, TimeProvider.System);
    private readonly byte[] _created = Object(status: null);
    private readonly byte[] _live = Object(Status(3));
    private readonly byte[] _next = Object(Status(4));
    private RawJson? _fields;
    private RawJson? _appliedFields;
    private Value _config;
    private Value _changedConfig;
    private byte[] _text = [];

    [GlobalSetup]
    public void Setup()
    {
        _config = ValueReader.Read(Encoding.UTF8.GetBytes(Config(80)));
        _changedConfig = ValueReader.Read(Encoding.UTF8.GetBytes(Config(81)));
        _fields = _manager.Create(_created, "kubectl-create");
        _fields = _manager.Update(_created, _live, _fields, null, "lodestone-controller", "status");
        _appliedFields = _manager.Apply(_live, _fields, _config, "kubectl", "", force: true).ManagedFields;
        _text = _appliedFields!.Value.Utf8.ToArray();
    }

    [Benchmark]
    public RawJson? Create() => _manager.Create(_created, "kubectl-create");

    [Benchmark]
    public RawJson? UpdateOfStatus() => _manager.Update(_live, _next, _fields, null, "lodestone-controller", "status");

    [Benchmark]
    public object ApplyOfTheSame() => _manager.Apply(_live, _appliedFields, _config, "kubectl", "", force: false);

    [Benchmark]
    public object ApplyWithChange() => _manager.Apply(_live, _appliedFields, _changedConfig, "kubectl", "", force: true);

    [Benchmark]
    public byte[]? ParseAndWriteManagedFields() => ManagedFieldsCodec.Write(ManagedFieldsCodec.TryParse(_text)!);

    private static byte[] Object(string? status) => Encoding.UTF8.GetBytes(
        $"{{\"apiVersion\":\"networking.ironcore.dev/v1alpha1\",\"kind\":\"LoadBalancer\",{Metadata},{Spec}{(status is null ? "" : $",\"status\":{status}")}}}");

    private static string Status(int targets)
    {
        string[] conditions = [.. Conditions.Select(type =>
            $"{{\"type\":\"{type}\",\"status\":\"True\",\"observedGeneration\":3,\"lastTransitionTime\":\"2026-01-01T00:00:00Z\",\"reason\":\"AsExpected\",\"message\":\"it is so\"}}")];
        return $"{{\"ips\":[\"203.0.113.7\",\"2001:db8::7\"],\"conditions\":[{string.Join(',', conditions)}],\"observedGeneration\":3,\"targets\":{targets}}}";
    }

    private static string Config(int port) =>
        "{\"apiVersion\":\"networking.ironcore.dev/v1alpha1\",\"kind\":\"LoadBalancer\",\"metadata\":{\"name\":\"web\",\"labels\":{\"app\":\"web\",\"team\":\"edge\",\"tier\":\"front\"}},"
        + Spec.Replace("\"port\":80", $"\"port\":{port}", StringComparison.Ordinal) + "}";
}
