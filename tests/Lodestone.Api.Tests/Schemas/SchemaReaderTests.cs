using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Xunit;

namespace Lodestone.Api.Tests.Schemas;

public class SchemaReaderTests
{
    [Theory]
    [InlineData("""{"spec":{"foo":1,"type":"Public"}}""", "unknown field \"spec.foo\"", """{"spec":{"type":"Public"}}""")]
    [InlineData("""{"spec":{"ports":[{"port":1,"x":{"y":[1]}}]},"bar":[]}""", "unknown field \"spec.ports[0].x\"|unknown field \"bar\"", """{"spec":{"ports":[{"port":1}]}}""")]
    [InlineData("""{"metadata":{"foo":"x","labels":{"any":"thing"}}}""", "unknown field \"metadata.foo\"", """{"metadata":{"labels":{"any":"thing"}}}""")]
    [InlineData("""{"spec":{"type":"a","type":"b"}}""", "duplicate field \"spec.type\"", """{"spec":{"type":"b"}}""")]
    [InlineData("""{"metadata":{"labels":{"a":"1","a":"2"}}}""", "duplicate field \"metadata.labels.a\"", """{"metadata":{"labels":{"a":"2"}}}""")]
    [InlineData("""{"spec":{"Type":"a"}}""", "unknown field \"spec.Type\"", """{"spec":{}}""")]
    [InlineData("""{"spec":null,"metadata":{"labels":null,"name":"x"}}""", null, """{"metadata":{"name":"x"}}""")]
    [InlineData("""{"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{".":{}}}}]}}""", null, """{"metadata":{"managedFields":[{"fieldsV1":{"f:spec":{".":{}}}}]}}""")]
    [InlineData("""{"metadata":{"name":"\u00e4\n\ud83d\ude00"}}""", null, """{"metadata":{"name":"\u00e4\n\ud83d\ude00"}}""")]
    [InlineData("""{"metadata":{"labels":{"a":null,"b":"1"}}}""", null, """{"metadata":{"labels":{"a":"","b":"1"}}}""")]
    public void Read_Document_TellsAndLeavesOutWhatIsUnknown(string json, string? problems, string pruned)
    {
        (SchemaFindings findings, string actual) = Document.Read(json, ResourceDefinitions.LoadBalancer.Schema);

        Assert.Equal(problems?.Split('|') ?? [], findings.StrictProblems);
        Assert.Empty(findings.TypeErrors);
        Assert.True(Document.JsonEquals(pruned, actual), actual);
    }

    [Theory]
    [InlineData("""{"spec":{"ports":[{"port":"80"}]}}""", "spec.ports[0].port: Invalid value: \"string\": spec.ports[0].port in body must be of type integer: \"string\"")]
    [InlineData("""{"spec":{"ports":[{"port":80.5}]}}""", "spec.ports[0].port: Invalid value: \"number\": spec.ports[0].port in body must be of type integer: \"number\"")]
    [InlineData("""{"spec":{"ports":[{"port":3000000000}]}}""", "spec.ports[0].port: Invalid value: 3000000000: must be a 32-bit integer")]
    [InlineData("""{"spec":{"ports":{}}}""", "spec.ports: Invalid value: \"object\": spec.ports in body must be of type array: \"object\"")]
    [InlineData("""{"spec":{"ipFamilies":[null]}}""", "spec.ipFamilies[0]: Invalid value: \"null\": spec.ipFamilies[0] in body must be of type string: \"null\"")]
    [InlineData("""{"spec":{"networkRef":"net"}}""", "spec.networkRef: Invalid value: \"string\": spec.networkRef in body must be of type object: \"string\"")]
    [InlineData("""{"spec":[]}""", "spec: Invalid value: \"array\": spec in body must be of type object: \"array\"")]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""", "metadata.creationTimestamp: Invalid value: \"yesterday\": must be a time as in RFC 3339, for example 2006-01-02T15:04:05Z")]
    [InlineData("""{"metadata":{"labels":{"a":true}}}""", "metadata.labels.a: Invalid value: \"boolean\": metadata.labels.a in body must be of type string: \"boolean\"")]
    [InlineData("[]", "Invalid value: \"array\": in body must be of type object: \"array\"")]
    public void Read_WrongType_TellsIt(string json, string expected)
    {
        (SchemaFindings findings, _) = Document.Read(json, ResourceDefinitions.LoadBalancer.Schema);

        Assert.Equal(expected, Assert.Single(findings.TypeErrors).ToString());
        Assert.Equal("FieldValueTypeInvalid", findings.TypeErrors[0].Reason);
    }

    [Theory]
    [InlineData("aGk", false)]
    [InlineData("aGk=", true)]
    [InlineData("aGk=\\n", true)]
    [InlineData("a-_=", false)]
    [InlineData("", true)]
    public void Read_Bytes_AreBase64(string text, bool isValid)
    {
        (SchemaFindings findings, _) = Document.Read($$$"""{"data":{"a":"{{{text}}}"}}""", ResourceDefinitions.Secret.Schema);

        string? expected = isValid ? null : "data.a: Invalid value: \"string\": must be base64 as in RFC 4648, section 4";
        Assert.Equal(expected, findings.TypeErrors.SingleOrDefault()?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"metadata":{"name":"\ud800"}}""")]
    public void Read_NoJson_Throws(string json) =>
        Assert.ThrowsAny<JsonException>(() => Document.Read(json, ResourceDefinitions.LoadBalancer.Schema));

    [Fact]
    public void Read_InvalidUtf8_Throws() =>
        Assert.Throws<JsonException>(
            () => SchemaReader.Read([(byte)'"', 0xff, (byte)'"'], Schema.String, new System.Buffers.ArrayBufferWriter<byte>()));
}
