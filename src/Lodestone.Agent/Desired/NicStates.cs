namespace Lodestone.Agent.Desired;

/// <summary>Values of a NetworkInterface's <c>status.state</c> (IronCore's).</summary>
internal static class NicStates
{
    public const string Pending = "Pending";
    public const string Available = "Available";
    public const string Error = "Error";
}
