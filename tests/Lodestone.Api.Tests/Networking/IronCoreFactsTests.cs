using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests.Networking;

/// <summary>What clients of IronCore's API know of its kinds by name: resources, columns, required fields, names.</summary>
public class IronCoreFactsTests
{
    [Theory]
    [InlineData("LoadBalancer", "networking.ironcore.dev/v1alpha1", "loadbalancers", "lb", true)]
    [InlineData("LoadBalancerRouting", "networking.ironcore.dev/v1alpha1", "loadbalancerroutings", "lbr,lbrt", false)]
    [InlineData("Network", "networking.ironcore.dev/v1alpha1", "networks", "net", true)]
    [InlineData("NetworkInterface", "networking.ironcore.dev/v1alpha1", "networkinterfaces", "nic", true)]
    [InlineData("Prefix", "ipam.ironcore.dev/v1alpha1", "prefixes", "", true)]
    [InlineData("PrefixAllocation", "ipam.ironcore.dev/v1alpha1", "prefixallocations", "", true)]
    public void Definition_OfKind_IsIronCores(string kind, string version, string plural, string shortNames, bool hasStatus)
    {
        ResourceDefinition definition = Definition(kind);

        Assert.Equal((version, plural, shortNames, hasStatus), (definition.ApiVersion, definition.Plural, string.Join(',', definition.ShortNames), definition.HasStatus));
        Assert.True(definition.IsNamespaced);
    }

    [Theory]
    [InlineData("LoadBalancer", "Name,IPs,Age")]
    [InlineData("LoadBalancerRouting", "Name,Targets,Age")]
    [InlineData("Network", "Name,State,ProviderID,Age")]
    [InlineData("NetworkInterface", "Name,Network,Machine,IPs,Prefixes,VirtualIP,State,Age")]
    [InlineData("Prefix", "Name,Prefix,Parent,Phase,Age")]
    [InlineData("PrefixAllocation", "Name,Prefix,Request,State,Result,Age")]
    public void Columns_WithoutWide_AreIronCores(string kind, string expected) =>
        Assert.Equal(expected, string.Join(',', Definition(kind).Columns.Where(c => c.Priority == 0).Select(c => c.Name)));

    [Theory]
    [InlineData("LoadBalancer", "spec", "type,ipFamilies,networkRef")]
    [InlineData("LoadBalancer", "spec.ports", "port")]
    [InlineData("LoadBalancerRouting", "", "networkRef,destinations")]
    [InlineData("LoadBalancerRouting", "destinations", "ip")]
    [InlineData("LoadBalancerRouting", "destinations.targetRef", "uid,name,providerID")]
    [InlineData("LoadBalancerRouting", "networkRef", "name,uid")]
    [InlineData("NetworkInterface", "spec.machineRef", "name,uid")]
    public void Schema_Required_IsIronCores(string kind, string path, string expected)
    {
        Schema schema = Definition(kind).Schema;
        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = schema.Find(name)!.Schema;
            schema = schema.Items ?? schema;
        }

        Assert.Equal(expected, string.Join(',', schema.Required));
    }

    [Theory]
    [InlineData("LoadBalancer", "a.b", false)]
    [InlineData("LoadBalancer", "64", false)]
    [InlineData("LoadBalancer", "63", true)]
    [InlineData("LoadBalancerRouting", "a.b", true)]
    [InlineData("Network", "a.b", true)]
    [InlineData("Network", "64", true)]
    [InlineData("Network", "254", false)]
    [InlineData("Network", "A", false)]
    [InlineData("NetworkInterface", "a.b", true)]
    [InlineData("NetworkInterface", "253", true)]
    [InlineData("Prefix", "a.b", true)]
    [InlineData("PrefixAllocation", "a.b", true)]
    public void Name_OfKind_IsADnsLabelForLoadBalancersAndASubdomainForOthers(string kind, string name, bool isValid)
    {
        name = int.TryParse(name, out int length) ? new string('a', length) : name;
        ResourceDefinition definition = Definition(kind);
        var resource = (KubernetesObject)System.Text.Json.JsonSerializer.Deserialize($$$"""{"metadata":{"name":"{{{name}}}","namespace":"n"}}""", definition.TypeInfo)!;

        Assert.Equal(!isValid, definition.Strategy.Validate(resource).Any(e => e.Field == "metadata.name"));
    }

    [Theory]
    [InlineData("LoadBalancer")]
    [InlineData("LoadBalancerRouting")]
    [InlineData("Network")]
    [InlineData("NetworkInterface")]
    public void Metadata_WithoutNameOrNamespace_IsRequired(string kind)
    {
        ResourceDefinition definition = Definition(kind);
        var resource = (KubernetesObject)System.Text.Json.JsonSerializer.Deserialize("{}", definition.TypeInfo)!;

        Assert.Equal(
            ["metadata.name: Required value: name or generateName is required", "metadata.namespace: Required value"],
            definition.Strategy.Validate(resource).Select(e => e.ToString()).Where(e => e.StartsWith("metadata", StringComparison.Ordinal)));
    }

    /// <summary>As IronCore has it for the other kinds; its LoadBalancer lets writers of a status change everything (B4).</summary>
    [Theory]
    [InlineData("LoadBalancer", "{\"type\":\"Internal\",\"networkRef\":{\"name\":\"other\"}}")]
    [InlineData("Network", "{\"providerID\":\"x\"}")]
    [InlineData("NetworkInterface", "{\"networkRef\":{\"name\":\"other\"}}")]
    public void StatusUpdate_OfKind_ChangesNeitherSpecNorMetadata(string kind, string spec)
    {
        ResourceDefinition definition = Definition(kind);
        KubernetesObject old = Parse("""{"metadata":{"name":"x","namespace":"n","labels":{"a":"b"},"resourceVersion":"1"},"spec":{},"status":{}}""");
        KubernetesObject changed = Parse($$$"""{"metadata":{"name":"x","namespace":"n","finalizers":["example.com/x"],"resourceVersion":"2"},"spec":{{{spec}}},"status":{"conditions":[]}}""");

        definition.Strategy.PrepareForStatusUpdate(changed, old);

        string json = Document.Serialize(changed, definition);
        Assert.DoesNotContain("example.com/x", json);
        Assert.DoesNotContain("other", json);
        Assert.DoesNotContain("providerID", json);
        Assert.Contains("\"labels\":{\"a\":\"b\"}", json);
        Assert.Contains("\"resourceVersion\":\"2\"", json);
        Assert.Contains("\"status\":{\"conditions\":[]}", json);

        KubernetesObject Parse(string text) => (KubernetesObject)System.Text.Json.JsonSerializer.Deserialize(text, definition.TypeInfo)!;
    }

    private static ResourceDefinition Definition(string kind) => ResourceDefinitions.All.Single(d => d.Kind == kind);
}
