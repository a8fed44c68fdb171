namespace Lodestone.Controllers.Networks;

/// <summary>The states of a peering, as IronCore names them.</summary>
internal static class PeeringStates
{
    /// <summary>It waits for something that may come.</summary>
    internal const string Pending = "Pending";

    /// <summary>Both networks agree, and its prefixes are known.</summary>
    internal const string Ready = "Ready";

    /// <summary>It can't be unless somebody changes it.</summary>
    internal const string Error = "Error";
}
