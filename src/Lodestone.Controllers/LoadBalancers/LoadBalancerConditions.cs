using Lodestone.Api.Meta;
using Lodestone.Controllers.Addresses;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>Condition types of a LoadBalancer. Each has one writer.</summary>
internal static class LoadBalancerConditions
{
    /// <summary>The spec is understood and can be served.</summary>
    internal const string Accepted = "Accepted";

    /// <summary>Its Network is there.</summary>
    internal const string NetworkReady = "NetworkReady";

    /// <summary>It has targets that take new flows.</summary>
    internal const string TargetsReady = "TargetsReady";

    /// <summary>Every gateway has it in its data path.</summary>
    internal const string Programmed = "Programmed";

    /// <summary>Gateways have the same table; not there until they once had not.</summary>
    internal const string GatewaysAgree = "GatewaysAgree";

    /// <summary>Nobody else on a segment claims its addresses; not there until somebody once has.</summary>
    internal const string AddressesUncontested = "AddressesUncontested";

    /// <summary>What <c>status.state</c> says where every condition is true.</summary>
    internal const string Ready = "Ready";

    /// <summary>What <c>status.state</c> says where a condition is not written yet.</summary>
    internal const string Pending = "Pending";

    /// <summary>All types, in the order in which one needs the other.</summary>
    private static readonly string[] InOrder = [Accepted, AddressController.ConditionType, NetworkReady, TargetsReady, Programmed];

    /// <summary>Types that are not there until they once were false.</summary>
    private static readonly string[] OnlyWhereFalse = [AddressesUncontested, GatewaysAgree];

    /// <summary>The conditions in one word: the reason of the first that is not true.</summary>
    internal static string StateOf(List<Condition>? conditions)
    {
        foreach (string type in InOrder)
        {
            Condition? condition = conditions.Of(type);
            if (condition?.Status != "True")
            {
                return condition?.Reason ?? Pending;
            }
        }

        return Array.Find(OnlyWhereFalse, type => conditions.Of(type) is { Status: not "True" }) is { } wrong ? conditions.Of(wrong)!.Reason ?? Pending : Ready;
    }
}
