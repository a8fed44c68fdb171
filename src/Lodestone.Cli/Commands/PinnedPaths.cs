using Lodestone.Agent.Trace;

namespace Lodestone.Cli.Commands;

/// <summary>Opens what the agent of this machine has pinned.</summary>
internal static class PinnedPaths
{
    /// <summary>Opens it.</summary>
    /// <exception cref="CommandException">There is nothing.</exception>
    public static PinnedDatapath Open(string directory) => Directory.Exists(directory)
        ? PinnedDatapath.Open(directory)
        : throw new CommandException($"nothing is pinned in {directory}: no agent has run here; start it, or name its directory with --pin-dir DIR.");
}
