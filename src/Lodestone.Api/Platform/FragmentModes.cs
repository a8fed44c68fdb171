namespace Lodestone.Api.Platform;

/// <summary>Values of <see cref="LoadBalancerPolicySpec.Fragments"/>.</summary>
public static class FragmentModes
{
    /// <summary>Later fragments follow a record of the first.</summary>
    public const string Record = "Record";

    /// <summary>All packets of a client's address and a protocol go to one target, so fragments do, in any order and by any gateway.</summary>
    public const string AddressPair = "AddressPair";

    internal static string[] All { get; } = [AddressPair, Record];
}
