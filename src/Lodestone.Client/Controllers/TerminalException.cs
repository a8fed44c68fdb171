namespace Lodestone.Client.Controllers;

/// <summary>Trying again is useless until a person changes something; a condition and an Event say what.</summary>
public sealed class TerminalException : Exception
{
    /// <summary>An error without a text.</summary>
    public TerminalException()
    {
    }

    /// <summary>An error that says what is wrong.</summary>
    public TerminalException(string message)
        : base(message)
    {
    }

    /// <summary>An error that says what is wrong, and its cause.</summary>
    public TerminalException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
