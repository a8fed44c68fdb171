using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.BuiltIn;

/// <summary>ConfigMaps and Secrets; the messages are those of Kubernetes 1.32.</summary>
public class DataStrategyTests
{
    private const string Meta = "metadata: {name: a, namespace: n}\n";
    private const string KeyRule =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    [Theory]
    [InlineData("data: {a.b-C_1: x, .hidden: y}")]
    [InlineData("data: {'a b': x}", "data[a b]: Invalid value: \"a b\": " + KeyRule)]
    [InlineData("data: {'': x}", "data[]: Invalid value: \"\": " + KeyRule)]
    [InlineData("data: {'.': x}", "data[.]: Invalid value: \".\": must not be '.'")]
    [InlineData("binaryData: {'..a': ''}", "binaryData[..a]: Invalid value: \"..a\": must not start with '..'")]
    [InlineData("data: {a: x}\nbinaryData: {a: ''}", "data[a]: Invalid value: \"a\": duplicate of key present in binaryData")]
    public void ValidateConfigMap_Keys_TellsEveryProblem(string data, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<ConfigMap>(Meta + data));

    [Theory]
    [InlineData(1024 * 1024, 0, true)]
    [InlineData(1024 * 1024, 1, false)]
    [InlineData(0, 1024 * 1024, true)]
    [InlineData(1, 1024 * 1024, false)]
    public void ValidateConfigMap_Size_IsAtMostOneMebibyte(int text, int bytes, bool isValid)
    {
        ConfigMap map = Document.Parse<ConfigMap>(Meta);
        map.Data = new() { ["a"] = new string('x', text) };
        map.BinaryData = new() { ["b"] = new byte[bytes] };

        string[] errors = [.. ResourceDefinitions.ConfigMap.Strategy.Validate(map).Select(e => e.ToString())];

        Assert.Equal(isValid ? [] : ["[]: Too long: may not be more than 1048576 bytes"], errors);
    }

    [Theory]
    [InlineData("data: {a: x}\nimmutable: true", "data: {a: x}\nimmutable: true\nbinaryData: {}")]
    [InlineData("data: {a: y}", "data: {a: x}")]
    [InlineData("data: {a: x}\nimmutable: true", "data: {a: x}")]
    [InlineData("data: {a: x}", "data: {a: x}\nimmutable: true", "immutable: Forbidden: field is immutable when `immutable` is set")]
    [InlineData(
        "data: {a: y}\nbinaryData: {b: aGk=}\nimmutable: true",
        "data: {a: x}\nimmutable: true",
        "data: Forbidden: field is immutable when `immutable` is set",
        "binaryData: Forbidden: field is immutable when `immutable` is set")]
    public void ValidateUpdate_ImmutableConfigMap_KeepsItsData(string now, string before, params string[] expected) =>
        Assert.Equal(expected, Document.UpdateErrors<ConfigMap>(Meta + now, Meta + before));

    [Theory]
    [InlineData("type: kubernetes.io/tls\ndata: {tls.crt: '', tls.key: ''}")]
    [InlineData("type: example.com/mine")]
    [InlineData("data: {'a b': ''}", "data[a b]: Invalid value: \"a b\": " + KeyRule)]
    [InlineData("type: kubernetes.io/tls\ndata: {tls.crt: ''}", "data[tls.key]: Required value")]
    [InlineData("type: kubernetes.io/service-account-token", "metadata.annotations[kubernetes.io/service-account.name]: Required value")]
    [InlineData("type: kubernetes.io/dockercfg", "data[.dockercfg]: Required value")]
    [InlineData("type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{}'}")]
    [InlineData("type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{'}", "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": must be JSON")]
    [InlineData("type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '[]'}", "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": must be a JSON object")]
    [InlineData("type: kubernetes.io/basic-auth", "data[username]: Required value", "data[password]: Required value")]
    [InlineData("type: kubernetes.io/basic-auth\nstringData: {password: ''}")]
    [InlineData("type: kubernetes.io/ssh-auth\nstringData: {ssh-privatekey: ''}", "data[ssh-privatekey]: Required value")]
    public void ValidateSecret_OfType_HasWhatTheTypeNeeds(string data, params string[] expected) =>
        Assert.Equal(expected, Document.Errors<Secret>(Meta + data));

    [Theory]
    [InlineData("data: {a: ''}", "data: {a: ''}\ntype: Opaque")]
    [InlineData("type: b", "type: a", "type: Invalid value: \"b\": field is immutable")]
    [InlineData("immutable: true\nstringData: {a: hi}", "immutable: true\ndata: {a: aGk=}")]
    [InlineData("immutable: true\nstringData: {a: ho}", "immutable: true\ndata: {a: aGk=}", "data: Forbidden: field is immutable when `immutable` is set")]
    public void ValidateUpdate_Secret_KeepsWhatItMust(string now, string before, params string[] expected) =>
        Assert.Equal(expected, Document.UpdateErrors<Secret>(Meta + now, Meta + before));

    [Fact]
    public void Default_Secret_IsOpaqueAndTextBecomesBytes()
    {
        Secret secret = Document.Parse<Secret>(Meta + "data: {z: eA==, a: eA==}\nstringData: {a: grün, b: ''}");

        Assert.Equal("Opaque", secret.Type);
        Assert.Null(secret.StringData);
        Assert.Equal([("a", "grün"), ("b", ""), ("z", "x")], secret.Data!.Select(p => (p.Key, Encoding.UTF8.GetString(p.Value))));
    }

    [Fact]
    public void Columns_CountTheKeys()
    {
        ConfigMap map = Document.Parse<ConfigMap>(Meta + "data: {a: x, b: y}\nbinaryData: {c: ''}");
        Secret secret = Document.Parse<Secret>(Meta);

        Assert.Equal(["a", 3, "<unknown>"], ResourceDefinitions.ConfigMap.Columns.Select(c => c.Cell(map, DateTimeOffset.UnixEpoch)));
        Assert.Equal(["a", "Opaque", 0, "<unknown>"], ResourceDefinitions.Secret.Columns.Select(c => c.Cell(secret, DateTimeOffset.UnixEpoch)));
    }
}
