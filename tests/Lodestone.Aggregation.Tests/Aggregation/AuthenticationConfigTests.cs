using Lodestone.ApiServer.Aggregation;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Aggregation.Tests.Aggregation;

public sealed class AuthenticationConfigTests
{
    [Fact]
    public void Parse_WithoutFrontProxy_HasNone()
    {
        using var pki = new TestPki("clients");

        var config = AuthenticationConfig.Parse(new Dictionary<string, string> { ["client-ca-file"] = pki.AuthorityPem });

        Assert.Null(config.FrontProxy);
        Assert.NotNull(config.Clients);
    }

    [Fact]
    public void Parse_Everything_IsThere()
    {
        using var pki = new TestPki("proxies");

        FrontProxy proxy = AuthenticationConfig.Parse(Data(pki)).FrontProxy!;

        Assert.Equal(["one", "two"], proxy.AllowedNames);
        Assert.Equal(["X-Remote-User", "X-User"], proxy.UserHeaders);
        Assert.Equal(["X-Remote-Group"], proxy.GroupHeaders);
        Assert.Equal(["X-Remote-Extra-"], proxy.ExtraPrefixes);
    }

    [Theory]
    [InlineData("requestheader-client-ca-file", "no certificate", "requestheader-client-ca-file: ")]
    [InlineData("client-ca-file", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "client-ca-file: ")]
    [InlineData("requestheader-allowed-names", "one", "requestheader-allowed-names: \"one\" is not JSON")]
    [InlineData("requestheader-allowed-names", "{}", "requestheader-allowed-names: \"{}\" is not a JSON list of strings")]
    [InlineData("requestheader-group-headers", "[1]", "requestheader-group-headers: \"[1]\" is not a JSON list of strings")]
    public void Parse_KeyThatMakesNoSense_IsNamed(string key, string value, string message)
    {
        using var pki = new TestPki("proxies");
        Dictionary<string, string> data = Data(pki);
        data[key] = value;

        Assert.StartsWith(message, Assert.Throws<FormatException>(() => AuthenticationConfig.Parse(data)).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Data(TestPki pki) => new()
    {
        ["requestheader-client-ca-file"] = pki.AuthorityPem,
        ["requestheader-allowed-names"] = """["one","two"]""",
        ["requestheader-username-headers"] = """["X-Remote-User","X-User"]""",
        ["requestheader-group-headers"] = """["X-Remote-Group"]""",
        ["requestheader-extra-headers-prefix"] = """["X-Remote-Extra-"]""",
    };
}
