namespace Lodestone.Client.Certificates;

/// <summary>A server could not be told to be the one that is meant; nothing secret was sent to it.</summary>
public sealed class ServerDiscoveryException : Exception
{
    /// <summary>An error without a text.</summary>
    public ServerDiscoveryException()
    {
    }

    /// <summary>An error that says what is wrong.</summary>
    public ServerDiscoveryException(string message)
        : base(message)
    {
    }

    /// <summary>An error that says what is wrong, and its cause.</summary>
    public ServerDiscoveryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
