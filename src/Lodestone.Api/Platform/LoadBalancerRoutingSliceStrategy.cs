using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="LoadBalancerRoutingSlice"/>: once written, only its metadata changes, so who finds it by the name a routing lists finds what was meant.</summary>
internal sealed class LoadBalancerRoutingSliceStrategy : ResourceStrategy<LoadBalancerRoutingSlice>
{
    private protected override void KeepDesiredState(LoadBalancerRoutingSlice resource, LoadBalancerRoutingSlice old)
    {
        resource.RoutingRef = old.RoutingRef;
        resource.Destinations = old.Destinations;
        resource.RingHistory = old.RingHistory;
        resource.Draining = old.Draining;
    }

    private protected override void ValidateContent(LoadBalancerRoutingSlice resource, FieldErrorList errors)
    {
        var routing = FieldPath.Root("routingRef");
        if (string.IsNullOrEmpty(resource.RoutingRef?.Name))
        {
            errors.Required(routing.Child("name"), "must specify the routing");
        }
        else
        {
            errors.Invalid(routing.Child("name"), resource.RoutingRef.Name, Names.CheckDnsSubdomain(resource.RoutingRef.Name));
        }

        RoutingTargetValidation.Validate(resource.Destinations, resource.Draining, errors);
        var history = FieldPath.Root("ringHistory");
        for (int i = 0; i < resource.RingHistory?.Count; i++)
        {
            RoutingTargetValidation.ValidateMembers(resource.RingHistory[i].Added, history.Index(i).Child("added"), errors);
            RoutingTargetValidation.ValidateMembers(resource.RingHistory[i].Removed, history.Index(i).Child("removed"), errors);
        }
    }

    private protected override void ValidateChange(LoadBalancerRoutingSlice resource, LoadBalancerRoutingSlice old, FieldErrorList errors)
    {
        if ((resource.RoutingRef?.Name, resource.RoutingRef?.Uid) != (old.RoutingRef?.Name, old.RoutingRef?.Uid))
        {
            errors.Invalid(FieldPath.Root("routingRef"), resource.RoutingRef?.Name, Immutable.Detail);
        }

        if (RoutingFingerprint.Of(resource) != RoutingFingerprint.Of(old))
        {
            errors.Forbidden(FieldPath.Root("destinations"), "destinations, ringHistory and draining of a slice are immutable");
        }
    }
}
