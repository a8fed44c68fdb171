namespace Lodestone.Cli;

/// <summary>A command cannot go on. The message is the one line that the user sees; it says what to do where that is known.</summary>
internal sealed class CommandException : Exception
{
    /// <summary>Ends the command with a message and one of <see cref="ExitCodes"/>.</summary>
    public CommandException(string message, int exitCode = ExitCodes.Failed, Exception? inner = null)
        : base(message, inner)
    {
        ExitCode = exitCode;
    }

    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; }
}
