namespace Lodestone.Api.Platform;

/// <summary>Where the passwords of BGP sessions are.</summary>
public static class BGPPasswords
{
    /// <summary>The one Secret that agents may read, in the system namespace; a session names a key of it.</summary>
    public const string SecretName = "bgp-passwords";

    /// <summary>Bytes of a TCP MD5 key (Linux, <c>TCP_MD5SIG_MAXKEYLEN</c>).</summary>
    public const int MaxLength = 80;

    /// <summary>What is wrong with a password; null: nothing. It ends up in configurations, so it has no blanks, quotes and controls.</summary>
    public static string? Check(ReadOnlySpan<byte> password)
    {
        if (password.Length is 0 or > MaxLength)
        {
            return $"it has {password.Length} bytes; 1 to {MaxLength} are possible";
        }

        return password.ContainsAnyExceptInRange((byte)'!', (byte)'~') || password.Contains((byte)'"')
            ? "it must be of printable ASCII characters other than blanks and double quotes; a line end at its end counts too"
            : null;
    }
}
