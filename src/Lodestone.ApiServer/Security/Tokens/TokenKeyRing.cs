using System.Security.Cryptography;
using System.Text;
using Lodestone.ApiServer.Hosting;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>The keys of service account tokens, in the file <c>service-account.key</c>: the first signs, all are accepted.</summary>
/// <remarks>A running server takes in a change of the file within a second; a file that can't be read changes nothing.</remarks>
internal sealed class TokenKeyRing
{
    private const string FileName = "service-account.key";

    private readonly WatchedFiles<TokenKey[]> _file;

    private TokenKeyRing(WatchedFiles<TokenKey[]> file) => _file = file;

    /// <summary>All keys, the one that signs first. Another list when they have changed. They are not disposed: requests may still use them.</summary>
    public TokenKey[] Keys => _file.Current;

    /// <summary>Reads the keys of a data directory, or makes one when there is none.</summary>
    /// <exception cref="FileException">The file holds something else than keys.</exception>
    public static TokenKeyRing Open(string dataDirectory, TimeProvider time, ILoggerFactory loggers)
    {
        string path = Path.Combine(dataDirectory, FileName);
        if (!File.Exists(path))
        {
            using var created = TokenKey.Create();
            Credentials.WriteSecret(path, created.ToPem());
        }

        return new TokenKeyRing(new WatchedFiles<TokenKey[]>([path], files => Read(files[0]), time, loggers.CreateLogger<WatchedFiles<TokenKey[]>>()));
    }

    /// <summary>Puts a new key before those there are: new tokens are signed with it, and former ones count until they end.</summary>
    /// <param name="dataDirectory">Where the server keeps its data; it need not run.</param>
    /// <param name="keep">How many former keys stay; tokens of older ones no longer count.</param>
    /// <exception cref="CryptographicException">The file holds something else than keys.</exception>
    public static void Rotate(string dataDirectory, int keep)
    {
        string path = Path.Combine(dataDirectory, FileName);
        TokenKey[] former = File.Exists(path) ? Read(File.ReadAllBytes(path)) : [];
        using var created = TokenKey.Create();
        Credentials.WriteSecret(path, string.Concat([created.ToPem(), .. former.Take(keep).Select(k => k.ToPem())]));
    }

    /// <summary>The key of this id, or null.</summary>
    public static TokenKey? Find(TokenKey[] keys, ReadOnlySpan<char> id)
    {
        foreach (TokenKey key in keys)
        {
            if (id.SequenceEqual(key.Id))
            {
                return key;
            }
        }

        return null;
    }

    private static TokenKey[] Read(byte[] file)
    {
        var keys = new List<TokenKey>();
        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(file);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            try
            {
                keys.Add(TokenKey.FromPem(rest[fields.Location]));
            }
            catch (ArgumentException exception)
            {
                throw new CryptographicException(exception.Message, exception);
            }

            rest = rest[fields.Location.End..];
        }

        return keys.Count > 0 ? [.. keys] : throw new CryptographicException("it holds no key; remove the file to have a new one made, which ends all tokens");
    }
}
