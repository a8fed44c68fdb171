namespace Lodestone.ApiServer.Hosting;

/// <summary>A file that the server was told to use can't be used; the message names it and says why.</summary>
public sealed class FileException : Exception
{
    /// <summary>An error without a text.</summary>
    public FileException()
    {
    }

    /// <summary>An error that says what is wrong.</summary>
    public FileException(string message)
        : base(message)
    {
    }

    /// <summary>An error that says what is wrong, and its cause.</summary>
    public FileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
