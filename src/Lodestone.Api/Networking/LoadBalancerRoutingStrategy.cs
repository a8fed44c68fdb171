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
        resource.RingGeneration = old.RingGeneration;
        resource.RingHistory = old.RingHistory;
        resource.Draining = old.Draining;
    }

    private protected override void ValidateContent(LoadBalancerRouting resource, FieldErrorList errors)
    {
        var destinations = FieldPath.Root("destinations");
        for (int i = 0; i < resource.Destinations?.Count; i++)
        {
            LoadBalancerDestination destination = resource.Destinations[i];
            ValidateTarget(destination.Name, destination.Uid, destination.Ip, destination.TargetRef, destinations.Index(i), errors);
        }

        var draining = FieldPath.Root("draining");
        for (int i = 0; i < resource.Draining?.Count; i++)
        {
            LoadBalancerDraining target = resource.Draining[i];
            ValidateTarget(target.Name, target.Uid, target.Ip, target.TargetRef, draining.Index(i), errors);
        }

        if (resource.RingGeneration < 0)
        {
            errors.Invalid(FieldPath.Root("ringGeneration"), resource.RingGeneration, "must be greater than or equal to 0");
        }

        var history = FieldPath.Root("ringHistory");
        for (int i = 0; i < resource.RingHistory?.Count; i++)
        {
            ValidateMembers(resource.RingHistory[i].Added, history.Index(i).Child("added"), errors);
            ValidateMembers(resource.RingHistory[i].Removed, history.Index(i).Child("removed"), errors);
        }
    }

    // The older shape {name, uid} has no address; every other destination needs one.
    private static void ValidateTarget(string? name, string? uid, string? ip, LoadBalancerTargetRef? targetRef, FieldPath path, FieldErrorList errors)
    {
        bool isOlderShape = ip is null && !string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(uid);
        if (!isOlderShape)
        {
            AddressSourceValidation.ValidateAddress(ip, null, path.Child("ip"), errors);
        }

        if (!string.IsNullOrEmpty(name))
        {
            errors.Invalid(path.Child("name"), name, Names.CheckDnsSubdomain(name));
        }

        if (targetRef is not null)
        {
            errors.Invalid(path.Child("targetRef").Child("name"), targetRef.Name, Names.CheckDnsSubdomain(targetRef.Name));
        }
    }

    private static void ValidateMembers(List<RingMember>? members, FieldPath path, FieldErrorList errors)
    {
        for (int i = 0; i < members?.Count; i++)
        {
            AddressSourceValidation.ValidateAddress(members[i].Ip, null, path.Index(i).Child("ip"), errors);
        }
    }
}
