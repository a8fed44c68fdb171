using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Rules for <see cref="LoadBalancerRouting"/>, which has neither spec nor status and may be written by any controller.</summary>
internal sealed class LoadBalancerRoutingStrategy : ResourceStrategy<LoadBalancerRouting>
{
    private protected override void KeepDesiredState(LoadBalancerRouting resource, LoadBalancerRouting old)
    {
        resource.NetworkRef = old.NetworkRef;
        resource.Destinations = old.Destinations;
        resource.Total = old.Total;
        resource.Slices = old.Slices;
        resource.RingGeneration = old.RingGeneration;
        resource.RingHistory = old.RingHistory;
        resource.Draining = old.Draining;
        resource.Policy = old.Policy;
    }

    private protected override void ValidateContent(LoadBalancerRouting resource, FieldErrorList errors)
    {
        RoutingTargetValidation.Validate(resource.Destinations, resource.Draining, errors);
        ValidateNotNegative(resource.Total, "total", errors);
        ValidateNotNegative(resource.RingGeneration, "ringGeneration", errors);
        var slices = FieldPath.Root("slices");
        for (int i = 0; i < resource.Slices?.Count; i++)
        {
            errors.Invalid(slices.Index(i).Child("name"), resource.Slices[i].Name, Names.CheckDnsSubdomain(resource.Slices[i].Name));
        }

        var history = FieldPath.Root("ringHistory");
        for (int i = 0; i < resource.RingHistory?.Count; i++)
        {
            RoutingTargetValidation.ValidateMembers(resource.RingHistory[i].Added, history.Index(i).Child("added"), errors);
            RoutingTargetValidation.ValidateMembers(resource.RingHistory[i].Removed, history.Index(i).Child("removed"), errors);
        }
    }

    private static void ValidateNotNegative(long? value, string field, FieldErrorList errors)
    {
        if (value < 0)
        {
            errors.Invalid(FieldPath.Root(field), value, "must be greater than or equal to 0");
        }
    }
}
