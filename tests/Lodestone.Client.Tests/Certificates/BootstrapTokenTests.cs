using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Client.Certificates;
using Xunit;

namespace Lodestone.Client.Tests.Certificates;

/// <summary>Tokens and hashes as people hand them on.</summary>
public sealed class BootstrapTokenTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("abcdef.0123456789abcdef", true)]
    [InlineData("abcdef.0123456789abcdeF", false)]
    [InlineData("abcde.0123456789abcdef", false)]
    [InlineData("abcdef.0123456789abcde", false)]
    [InlineData("abcdef.0123456789abcdef\n", false)]
    [InlineData("abcdef:0123456789abcdef", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryParse_IdDotSecret(string? text, bool expected)
    {
        Assert.Equal(expected, BootstrapToken.TryParse(text, out BootstrapToken? token));
        Assert.Equal(expected ? text : null, token?.Reveal());
    }

    [Fact]
    public void Create_IsATokenThatTellsNobodyItsSecret()
    {
        var token = BootstrapToken.Create();

        Assert.True(BootstrapToken.TryParse(token.Reveal(), out BootstrapToken? read));
        Assert.Equal(token, read);
        Assert.DoesNotContain(token.Secret, $"{token}", StringComparison.Ordinal);
        Assert.NotEqual(token, BootstrapToken.Create());
    }

    [Fact]
    public void Secret_ReadsBackAsItWasMade()
    {
        var token = BootstrapToken.Create();

        var read = new BootstrapTokenSecret(token.ToSecret(Now, "rack 7", "host-b"));
        var endless = new BootstrapTokenSecret(token.ToSecret(null, null, null));

        Assert.Equal((token.Id, "rack 7", "host-b", Now), (read.Id, read.Description, read.Host, read.Expires));
        Assert.Equal([BootstrapToken.AgentsGroup], read.ExtraGroups);
        Assert.True(read.Authenticates && read.HasExpired(Now) && !read.HasExpired(Now.AddSeconds(-1)));
        Assert.False(endless.HasExpired(DateTimeOffset.MaxValue));
        Assert.Null(endless.Host);
    }

    [Fact]
    public void Secret_WithAnEndThatIsNoTime_HasEnded()
    {
        Secret secret = BootstrapToken.Create().ToSecret(Now, null, null);
        secret.Data!["expiration"] = Encoding.UTF8.GetBytes("tomorrow");

        Assert.True(new BootstrapTokenSecret(secret).HasExpired(Now));
    }

    [Fact]
    public void PublicKeyPin_IsOfTheKey_AndReadsBack()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 first = new CertificateRequest("CN=first", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(1));
        using X509Certificate2 renewed = new CertificateRequest("CN=renewed", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(2));
        var pin = PublicKeyPin.Of(first);

        Assert.Equal(pin, PublicKeyPin.Of(renewed));
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))}", $"{pin}");
        Assert.True(PublicKeyPin.TryParse($"{pin}".ToUpperInvariant(), out PublicKeyPin read));
        Assert.Equal(pin, read);
        Assert.False(PublicKeyPin.TryParse($"{pin}0", out _));
        Assert.False(PublicKeyPin.TryParse(pin.Hash, out _));
        Assert.False(PublicKeyPin.TryParse(null, out _));
    }
}
