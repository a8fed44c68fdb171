using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests.Schemas;

public class SchemaWriterTests
{
    private const string Package = "dev.ironcore.networking.v1alpha1.";

    [Fact]
    public void WriteComponents_EveryReference_Resolves()
    {
        JsonElement components = Components(SchemaWriter.V3Reference);
        var missing = new List<string>();

        VisitReferences(components, reference =>
        {
            if (!reference.StartsWith(SchemaWriter.V3Reference, StringComparison.Ordinal) || !components.TryGetProperty(reference[SchemaWriter.V3Reference.Length..], out _))
            {
                missing.Add(reference);
            }
        });

        Assert.Empty(missing);
    }

    [Fact]
    public void WriteComponents_LoadBalancerPort_ReadsAsKubectlExplainWants() =>
        Assert.Equal(
            """
            {"description":"A protocol and a port, or a range of ports, that a load balancer lets through.","type":"object","properties":{"protocol":{"description":"The protocol to let through: TCP, UDP or SCTP. TCP where it is not given.","type":"string","enum":["TCP","UDP","SCTP"]},"port":{"description":"The port to let through, or the first of a range; 1 to 65535. Traffic reaches the target on the same port.","type":"integer","format":"int32"},"endPort":{"description":"The last port of the range, not below port. Without it only port itself is let through.","type":"integer","format":"int32"}},"required":["port"]}
            """,
            Components(SchemaWriter.V3Reference).GetProperty(Package + "LoadBalancerPort").GetRawText());

    [Fact]
    public void WriteComponents_KindAndList_CarryTheirGroupVersionKind()
    {
        JsonElement components = Components(SchemaWriter.V3Reference);

        Assert.Equal(
            """[{"group":"networking.ironcore.dev","kind":"LoadBalancer","version":"v1alpha1"}]""",
            components.GetProperty(Package + "LoadBalancer").GetProperty("x-kubernetes-group-version-kind").GetRawText());
        Assert.Equal(
            """[{"group":"networking.ironcore.dev","kind":"LoadBalancerList","version":"v1alpha1"}]""",
            components.GetProperty(Package + "LoadBalancerList").GetProperty("x-kubernetes-group-version-kind").GetRawText());
    }

    [Theory]
    [InlineData(SchemaWriter.V3Reference, """{"description":"The Network the load balancer and its targets belong to. It can't be changed.","allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.LocalObjectReference"}]}""")]
    [InlineData(SchemaWriter.V2Reference, """{"description":"The Network the load balancer and its targets belong to. It can't be changed.","$ref":"#/definitions/io.k8s.api.core.v1.LocalObjectReference"}""")]
    public void WriteComponents_DescribedReference_IsWrittenAsTheVersionAllows(string reference, string expected) =>
        Assert.Equal(
            expected,
            Components(reference).GetProperty(Package + "LoadBalancerSpec").GetProperty("properties").GetProperty("networkRef").GetRawText());

    private static JsonElement Components(string reference)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            SchemaWriter.WriteComponents(writer, ResourceDefinitions.All, reference);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void VisitReferences(JsonElement element, Action<string> visit)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                if (property.Name == "$ref" && property.Value.ValueKind == JsonValueKind.String)
                {
                    visit(property.Value.GetString()!);
                }

                VisitReferences(property.Value, visit);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                VisitReferences(item, visit);
            }
        }
    }
}
