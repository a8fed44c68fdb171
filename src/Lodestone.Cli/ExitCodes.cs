namespace Lodestone.Cli;

/// <summary>What the executable ends with. Scripts depend on these numbers; <c>lodestone --help</c> lists them.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and everything that was promised held.</summary>
    public const int Ok = 0;

    /// <summary>Tried and failed, or a check found something broken.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>Needs root, or a capability that the process lacks.</summary>
    public const int MissingPrivilege = 3;

    /// <summary>Ended by Ctrl-C (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}
