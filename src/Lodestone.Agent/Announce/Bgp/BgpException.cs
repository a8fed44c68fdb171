namespace Lodestone.Agent.Announce.Bgp;

/// <summary>A BGP daemon is missing, could not be started or refused something. What it announces stays as it is, and it is tried again.</summary>
public sealed class BgpException : Exception
{
    /// <summary>With what was attempted, what came back and what to do.</summary>
    public BgpException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with what it came from.</summary>
    public BgpException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
