using System.Runtime.Versioning;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security.Tokens;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Security.Tokens;

[SupportedOSPlatform("linux")]
public sealed class TokenKeyRingTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ObjectStore _store = ObjectStore.Open(new MemoryCommitLog());

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Open_MakesAKeyForItsOwnerOnly_AndKeepsIt()
    {
        string first = OpenRing().Keys[0].Id;

        Assert.Equal(first, Assert.Single(OpenRing().Keys).Id);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Fact]
    public async Task Rotate_NewKeySigns_FormerTokensCountUntilTheirKeyGoes()
    {
        TokenKeyRing ring = OpenRing();
        (ServiceAccountTokens tokens, StoredObject account) = await TokensAsync(ring);
        string old = Issue(tokens, account);

        TokenKeyRing.Rotate(_directory.Path, keep: 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        string next = Issue(tokens, account);

        Assert.Equal(2, ring.Keys.Length);
        Assert.NotEqual(old.Split('.')[0], next.Split('.')[0]);
        Assert.NotNull(tokens.Review(old, ServiceAccountTokens.Audiences).User);
        Assert.NotNull(tokens.Review(next, ServiceAccountTokens.Audiences).User);

        TokenKeyRing.Rotate(_directory.Path, keep: 1);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(tokens.Review(old, ServiceAccountTokens.Audiences).User);
        Assert.NotNull(tokens.Review(next, ServiceAccountTokens.Audiences).User);
    }

    [Fact]
    public async Task Review_TokenEndsWithItsTime()
    {
        (ServiceAccountTokens tokens, StoredObject account) = await TokensAsync(OpenRing());
        string token = Issue(tokens, account);

        _time.Advance(TimeSpan.FromSeconds(599));
        Assert.NotNull(tokens.Review(token, ServiceAccountTokens.Audiences).User);
        _time.Advance(TimeSpan.FromSeconds(1));
        TokenAnswer ended = tokens.Review(token, ServiceAccountTokens.Audiences);

        Assert.Null(ended.User);
        Assert.Equal("[invalid bearer token, service account token has expired]", ended.Error);
    }

    [Fact]
    public async Task Review_KnownToken_IsNotVerifiedAgain()
    {
        (ServiceAccountTokens tokens, StoredObject account) = await TokensAsync(OpenRing());
        string token = Issue(tokens, account);

        Assert.Same(tokens.Review(token, ServiceAccountTokens.Audiences).User, tokens.Review(token, ServiceAccountTokens.Audiences).User);
    }

    [Fact]
    public async Task Cache_IsBounded()
    {
        var cache = new TokenCache(10);
        (ServiceAccountTokens _, StoredObject _) = await TokensAsync(OpenRing());
        int reads = 0;
        for (int i = 0; i < 100; i++)
        {
            cache.GetOrRead($"token-{i}", Read);
        }

        cache.GetOrRead("token-99", Read);
        Assert.Equal(100, reads);
        cache.GetOrRead("token-0", Read);
        Assert.Equal(101, reads);

        TokenClaims Read(string token)
        {
            reads++;
            return new TokenClaims(new ApiServer.Security.UserInfo(token, []), [], 0, 0, "", "", null, null);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void Open_FileWithoutKeys_IsRefused(string text)
    {
        File.WriteAllText(KeyFile, text);

        Assert.Throws<FileException>(OpenRing);
    }

    private TokenKeyRing OpenRing() => TokenKeyRing.Open(_directory.Path, _time, NullLoggerFactory.Instance);

    private string KeyFile => Path.Combine(_directory.Path, "service-account.key");

    private static string Issue(ServiceAccountTokens tokens, StoredObject account) =>
        tokens.Issue(account, null, ServiceAccountTokens.Audiences, TimeSpan.FromSeconds(600)).Token;

    private async Task<(ServiceAccountTokens Tokens, StoredObject Account)> TokensAsync(TokenKeyRing ring)
    {
        var catalog = new ResourceCatalog(_store, _time);
        await catalog.Registry(ResourceDefinitions.Namespace).CreateAsync("", new Namespace { Metadata = new ObjectMeta { Name = "ns" } }, new WriteOptions());
        StoredObject account = await catalog.Registry(ResourceDefinitions.ServiceAccount)
            .CreateAsync("ns", new ServiceAccount { Metadata = new ObjectMeta { Name = "robot" } }, new WriteOptions());
        return (new ServiceAccountTokens(ring, catalog, _time), account);
    }
}
