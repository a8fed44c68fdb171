using Lodestone.Api.Platform;

namespace Lodestone.Agent.Desired;

/// <summary>Forms of encapsulation as people write them.</summary>
internal static class Encapsulations
{
    /// <summary>The value of <c>spec.encapsulation</c> of a LoadBalancerPolicy.</summary>
    public static string NameOf(Encapsulation encapsulation) => encapsulation switch
    {
        Encapsulation.Auto => EncapsulationModes.Auto,
        Encapsulation.IPv6 => EncapsulationModes.IPv6,
        Encapsulation.Geneve => EncapsulationModes.Geneve,
        Encapsulation.Ipip => EncapsulationModes.Ipip,
        _ => EncapsulationModes.Gue,
    };

    /// <summary>What a value of <c>policy.encapsulation</c> of a LoadBalancerRouting means; false where it is not known here.</summary>
    public static bool TryParse(string? name, out Encapsulation encapsulation)
    {
        foreach (Encapsulation known in Enum.GetValues<Encapsulation>())
        {
            if (NameOf(known) == (name ?? EncapsulationModes.Auto))
            {
                encapsulation = known;
                return true;
            }
        }

        encapsulation = default;
        return false;
    }
}
