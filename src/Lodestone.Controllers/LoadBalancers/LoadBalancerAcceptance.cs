using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>The condition Accepted: whether a load balancer's spec is understood, and its network one of ours. Pure.</summary>
/// <remarks>
/// Our own API server refuses what it does not understand. A cluster that keeps our kinds as CustomResourceDefinitions checks less, so
/// the same rules are applied here.
/// </remarks>
internal static class LoadBalancerAcceptance
{
    private const string Scheme = "lodestone://";
    private const int ShownErrors = 3;

    internal static Finding Of(LoadBalancer lb, Network? network)
    {
        FieldErrorList errors = ResourceDefinitions.LoadBalancer.Strategy.Validate(lb);
        if (errors.Count > 0)
        {
            string more = errors.Count > ShownErrors ? $"; and {errors.Count - ShownErrors} more" : "";
            return new Finding(false, "InvalidSpec", $"{string.Join("; ", errors.Take(ShownErrors))}{more}; correct the LoadBalancer");
        }

        return network?.Spec?.ProviderID is { Length: > 0 } provider && !provider.StartsWith(Scheme, StringComparison.Ordinal)
            ? new Finding(false, "NetworkNotOurs", $"Network {network.Metadata.Name} is another provider's ({provider}); use one whose spec.providerID is empty, or {Scheme} and a VNI")
            : new Finding(true, "Accepted", "the spec is understood");
    }
}
