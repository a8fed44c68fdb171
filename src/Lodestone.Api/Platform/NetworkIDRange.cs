namespace Lodestone.Api.Platform;

/// <summary>The network identifiers (VNIs) that may be allocated. Those below are left to public and special networks, as in IronCore.</summary>
public static class NetworkIDRange
{
    /// <summary>The lowest.</summary>
    public const int First = 200;

    /// <summary>The highest: identifiers have 24 bits.</summary>
    public const int Last = (1 << 24) - 1;
}
