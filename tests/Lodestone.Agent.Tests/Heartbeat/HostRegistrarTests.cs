using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Heartbeat;

public sealed class HostRegistrarTests : IDisposable
{
    private readonly FakeApi _api = new();
    private readonly ApiClient _client;
    private readonly HostRegistrar _registrar;
    private string? _fingerprint;
    private bool _hasCarrier = true;
    private string[] _narrow = [];
    private string _held;

    public HostRegistrarTests()
    {
        _client = new ApiClient(_api, new Uri("https://api.example/"));
        _registrar = new HostRegistrar(_client, Facts, () => null, NullLogger.Instance, new ManualTime(World.Start));
        _held = JsonSerializer.Serialize(
            new Host
            {
                ApiVersion = "lodestone.dev/v1alpha1",
                Kind = "Host",
                Metadata = new ObjectMeta { Name = "host-a", Uid = "host-a-uid", ResourceVersion = "1" },
                Spec = new HostSpec { Roles = ["Gateway"], UnderlayAddresses = ["2001:db8:1::1"], UnderlayPrefix = "fd00::/64" },
            },
            ApiJsonContext.Default.Host);
    }

    [Fact]
    public async Task Register_FingerprintThatHasNotStood_IsNotWritten()
    {
        Assert.Equal((1, (string?)null), await RegisterAsync(null));
        Assert.Equal((0, (string?)null), await RegisterAsync("aaaaaaaaaaaaaaaa"));
        Assert.Equal((0, (string?)null), await RegisterAsync("bbbbbbbbbbbbbbbb"));
        Assert.Equal((1, "bbbbbbbbbbbbbbbb"), await RegisterAsync("bbbbbbbbbbbbbbbb"));
        Assert.Equal((0, "bbbbbbbbbbbbbbbb"), await RegisterAsync("bbbbbbbbbbbbbbbb"));
        Assert.Equal((0, "bbbbbbbbbbbbbbbb"), await RegisterAsync(null));
        Assert.Equal((1, (string?)null), await RegisterAsync(null));
    }

    [Fact]
    public async Task Register_DrainThatSomebodySaid_StaysAndIsNotSent()
    {
        await RegisterAsync(null);
        JsonNode held = JsonNode.Parse(_held)!;
        held["spec"]!["drain"] = true;
        held["spec"]!["underlayPrefix"] = "fd01::/64";
        _held = held.ToJsonString();

        await RegisterAsync(null);
        Host host = JsonSerializer.Deserialize(_held, ApiJsonContext.Default.Host)!;
        Assert.True(host.Spec.Drain);
        Assert.Equal("fd00::/64", host.Spec.UnderlayPrefix);
        Assert.All(_api.Requests, request => Assert.DoesNotContain("drain", request.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Register_UplinkWithoutCarrier_SaysThatNoPacketComesIn()
    {
        _hasCarrier = false;
        await RegisterAsync(null);
        Condition condition = JsonSerializer.Deserialize(_held, ApiJsonContext.Default.Host)!.Status!.Conditions!.Find(c => c.Type == HostConditions.DatapathReady)!;
        Assert.Equal(("False", "UplinkDown"), (condition.Status, condition.Reason));
    }

    [Fact]
    public async Task Register_PathThatIsNarrow_IsNamedUntilItIsNot()
    {
        await RegisterAsync(null);
        Assert.Null(PathMtu());

        _narrow = ["1400 bytes towards 2001:db8:1::2 (host-b)"];
        await RegisterAsync(null);
        Assert.Equal(("False", "PathTooNarrow"), (PathMtu()!.Status, PathMtu()!.Reason));
        Assert.Contains("takes 1500 bytes, but a router answered that less fits 1400 bytes towards 2001:db8:1::2 (host-b)", PathMtu()!.Message, StringComparison.Ordinal);

        _narrow = [];
        await RegisterAsync(null);
        Assert.Equal(("True", "NothingTooLarge"), (PathMtu()!.Status, PathMtu()!.Reason));
    }

    public void Dispose()
    {
        _registrar.Dispose();
        _client.Dispose();
    }

    private Condition? PathMtu() => JsonSerializer.Deserialize(_held, ApiJsonContext.Default.Host)!.Status!.Conditions!.Find(c => c.Type == HostConditions.PathMtuSufficient);

    /// <summary>How many writes it took, and which fingerprint the Host has then.</summary>
    private async Task<(int Writes, string? Fingerprint)> RegisterAsync(string? fingerprint)
    {
        _fingerprint = fingerprint;
        _api.Requests.Clear();
        _api.Answers.Enqueue((HttpStatusCode.OK, _held));
        await _registrar.RegisterAsync(TestContext.Current.CancellationToken);
        string[] written = [.. _api.Requests.Where(r => !r.Request.StartsWith("GET", StringComparison.Ordinal)).Select(r => r.Body)];
        JsonNode held = JsonNode.Parse(_held)!;
        Array.ForEach(written, patch => Merge(held.AsObject(), JsonNode.Parse(patch)!.AsObject()));
        _held = held.ToJsonString();
        return (written.Length, JsonSerializer.Deserialize(_held, ApiJsonContext.Default.Host)!.Status?.TableFingerprint);
    }

    /// <summary>As a server does (RFC 7396).</summary>
    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                into.Remove(name);
            }
            else if (value is JsonObject inner && into[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                into[name] = value.DeepClone();
            }
        }
    }

    private HostFacts Facts() => new()
    {
        Name = "host-a",
        Roles = ["Gateway"],
        UnderlayAddresses = ["2001:db8:1::1"],
        UnderlayPrefix = "fd00::/64",
        HasCarrier = _hasCarrier,
        NarrowPaths = _narrow,
        AnnouncedAddresses = 0,
        MtuBytes = 1500,
        KernelFeatures = ["tcx"],
        TableFingerprint = _fingerprint,
    };
}
