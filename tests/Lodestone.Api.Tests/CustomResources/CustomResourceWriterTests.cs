using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.CustomResources;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.CustomResources;

public class CustomResourceWriterTests
{
    public static TheoryData<string> Kinds => [.. CustomResourceWriter.Kinds.Select(d => d.Kind)];

    [Fact]
    public void Kinds_AreAllButKubernetesOwn() =>
        Assert.Equal(ResourceDefinitions.All.Where(d => !d.Group.EndsWith(".k8s.io", StringComparison.Ordinal) && d.Group.Length > 0), CustomResourceWriter.Kinds);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_Kind_SchemaIsStructural(string kind)
    {
        var problems = new List<string>();

        Check(Schema(Write(kind)), kind, problems);

        Assert.Empty(problems);
    }

    [Fact]
    public void Write_LoadBalancer_NamesColumnsAndStatus()
    {
        JsonNode definition = Write("LoadBalancer");

        Assert.Equal("loadbalancers.networking.ironcore.dev", (string?)definition["metadata"]!["name"]);
        Assert.Equal(
            """{"kind":"LoadBalancer","listKind":"LoadBalancerList","plural":"loadbalancers","singular":"loadbalancer","shortNames":["lb"],"categories":["all"]}""",
            definition["spec"]!["names"]!.ToJsonString());
        JsonNode version = definition["spec"]!["versions"]![0]!;
        Assert.NotNull(version["subresources"]!["status"]);
        Assert.Equal(["IPs", "Age", "Type", "Targets", "State", "Network", "Ports"], version["additionalPrinterColumns"]!.AsArray().Select(c => (string?)c!["name"]));
        Assert.Equal("date", (string?)version["additionalPrinterColumns"]![1]!["type"]);
    }

    [Fact]
    public void Write_DerivedMember_IsNotRequired() =>
        Assert.Equal("""["type","networkRef"]""", Schema(Write("LoadBalancer"))["properties"]!["spec"]!["required"]!.ToJsonString());

    [Fact]
    public void Write_SelectableFields_OnlyWhenAskedFor()
    {
        JsonNode Version(CustomResourceOptions options) => Write("Network", options)["spec"]!["versions"]![0]!;

        Assert.Null(Version(new())["selectableFields"]);
        Assert.Equal(
            """[{"jsonPath":".spec.providerID"},{"jsonPath":".status.state"}]""",
            Version(new() { WithSelectableFields = true })["selectableFields"]!.ToJsonString());
    }

    private static JsonNode Schema(JsonNode definition) => definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!;

    private static JsonNode Write(string kind, CustomResourceOptions? options = null)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            CustomResourceWriter.Write(writer, ResourceDefinitions.All.Single(d => d.Kind == kind), options);
        }

        return JsonNode.Parse(json.ToArray())!;
    }

    /// <summary>The rules of "Specifying a structural schema" in Kubernetes' documentation, as far as we can break them.</summary>
    private static void Check(JsonNode schema, string path, List<string> problems)
    {
        if (schema["$ref"] is not null || schema["allOf"] is not null)
        {
            problems.Add($"{path}: refers to another");
        }

        if (schema["type"] is null && schema["x-kubernetes-preserve-unknown-fields"] is null && schema["x-kubernetes-int-or-string"] is null)
        {
            problems.Add($"{path}: has no type");
        }

        if (schema["properties"] is not null && schema["additionalProperties"] is not null)
        {
            problems.Add($"{path}: has properties and additionalProperties");
        }

        foreach (JsonNode? key in schema["x-kubernetes-list-map-keys"]?.AsArray() ?? [])
        {
            JsonNode items = schema["items"]!;
            bool isThere = items["required"]?.AsArray().Any(r => (string?)r == (string?)key) == true || items["properties"]![(string)key!]!["default"] is not null;
            if (!isThere)
            {
                problems.Add($"{path}: key {key} is neither required nor defaulted");
            }
        }

        foreach ((string name, JsonNode? property) in schema["properties"]?.AsObject() ?? [])
        {
            Check(property!, $"{path}.{name}", problems);
        }

        foreach (string inner in (string[])["items", "additionalProperties"])
        {
            if (schema[inner] is { } child)
            {
                Check(child, $"{path}.{inner}", problems);
            }
        }
    }
}
