using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Lodestone.ApiServer.Security.Tokens;

/// <summary>Claims of tokens whose signature was checked, by the hash of the token: the tokens themselves are not kept. Bounded.</summary>
internal sealed class TokenCache(int generationSize)
{
    private ConcurrentDictionary<Key, TokenClaims> _young = new();
    private ConcurrentDictionary<Key, TokenClaims> _old = new();

    /// <summary>The claims of a token, read by <paramref name="read"/> when they are not known; null for a token without any, which is not remembered.</summary>
    public TokenClaims? GetOrRead(string token, Func<string, TokenClaims?> read)
    {
        Key key = Hash(token);
        if (Volatile.Read(ref _young).TryGetValue(key, out TokenClaims? claims))
        {
            return claims;
        }

        claims = Volatile.Read(ref _old).TryGetValue(key, out TokenClaims? known) ? known : read(token);
        if (claims is not null)
        {
            Add(key, claims);
        }

        return claims;
    }

    private static Key Hash(string token)
    {
        Span<byte> utf8 = token.Length <= 4096 ? stackalloc byte[token.Length] : new byte[token.Length];
        Encoding.ASCII.GetBytes(token, utf8);
        Span<Key> hash = stackalloc Key[1];
        SHA256.HashData(utf8, MemoryMarshal.AsBytes(hash));
        return hash[0];
    }

    private void Add(Key key, TokenClaims claims)
    {
        ConcurrentDictionary<Key, TokenClaims> young = Volatile.Read(ref _young);
        if (young.Count >= generationSize && Interlocked.CompareExchange(ref _young, new(), young) == young)
        {
            Volatile.Write(ref _old, young);
            young = Volatile.Read(ref _young);
        }

        young[key] = claims;
    }

    private readonly record struct Key(ulong A, ulong B, ulong C, ulong D);
}
