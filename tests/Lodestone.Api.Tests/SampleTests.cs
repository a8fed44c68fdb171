using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests;

/// <summary>What stands in <c>samples/</c> is accepted, and reads back as it was written.</summary>
public class SampleTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "samples");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Sample_Read_IsValidAndUnchanged(string file)
    {
        foreach (string json in Document.ToJson(File.ReadAllText(Path.Combine(Folder, file))))
        {
            ResourceDefinition definition = Document.DefinitionOf(json);
            (SchemaFindings findings, string pruned) = Document.Read(json, definition.Schema);
            var resource = (KubernetesObject)JsonSerializer.Deserialize(pruned, definition.TypeInfo)!;
            List<string> warnings = [];

            definition.Strategy.Default(resource);
            definition.Strategy.PrepareForCreate(resource, warnings);

            Assert.Empty(findings.StrictProblems);
            Assert.Empty(findings.TypeErrors);
            Assert.Empty(warnings);
            Assert.Empty(definition.Strategy.Validate(resource));
            Assert.True(Document.JsonEquals(json, Document.Serialize(resource, definition)));
        }
    }

    [Fact]
    public void PublicSample_Selector_PicksEveryNetworkInterface()
    {
        LoadBalancer loadBalancer = Document.Parse<LoadBalancer>(File.ReadAllText(Path.Combine(Folder, "loadbalancer-public", "04-loadbalancer.yaml")));
        List<string> documents = Document.ToJson(File.ReadAllText(Path.Combine(Folder, "loadbalancer-public", "03-networkinterfaces.yaml")));
        documents.AddRange(Document.ToJson(File.ReadAllText(Path.Combine(Folder, "loadbalancer-public", "more", "web-4.yaml"))));

        NetworkInterface[] interfaces = [.. documents.Select(Document.Parse<NetworkInterface>)];

        Assert.Equal(4, interfaces.Length);
        Assert.All(interfaces, nic => Assert.True(loadBalancer.Spec.NetworkInterfaceSelector!.Matches(nic.Metadata.Labels)));
        Assert.All(interfaces, nic => Assert.True(ProviderId.TryParse(nic.Spec.ProviderID, out _)));
    }

    [Fact]
    public void PublicSample_Pool_HasAddressesOfBothFamilies()
    {
        AddressPool pool = Document.Parse<AddressPool>(File.ReadAllText(Path.Combine(Folder, "loadbalancer-public", "01-addresspool.yaml")));

        var addresses = AddressRangeSet.Of(pool.Spec);

        Assert.Equal(14U, addresses.Count(IPFamily.IPv4));
        Assert.Equal(256U, addresses.Count(IPFamily.IPv6));
    }
}
