using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Validates the targets that a routing, or a slice of one, names.</summary>
internal static class RoutingTargetValidation
{
    public static void Validate(List<LoadBalancerDestination>? destinations, List<LoadBalancerDraining>? draining, FieldErrorList errors)
    {
        var path = FieldPath.Root("destinations");
        for (int i = 0; i < destinations?.Count; i++)
        {
            LoadBalancerDestination destination = destinations[i];
            ValidateTarget(destination.Name, destination.Uid, destination.Ip, destination.TargetRef, path.Index(i), errors);
            ValidateWeight(destination.Weight, path.Index(i), errors);
        }

        path = FieldPath.Root("draining");
        for (int i = 0; i < draining?.Count; i++)
        {
            LoadBalancerDraining target = draining[i];
            ValidateTarget(target.Name, target.Uid, target.Ip, target.TargetRef, path.Index(i), errors);
        }
    }

    public static void ValidateMembers(List<RingMember>? members, FieldPath path, FieldErrorList errors)
    {
        for (int i = 0; i < members?.Count; i++)
        {
            AddressSourceValidation.ValidateAddress(members[i].Ip, null, path.Index(i).Child("ip"), errors);
            ValidateWeight(members[i].Weight, path.Index(i), errors);
        }
    }

    private static void ValidateWeight(int? weight, FieldPath path, FieldErrorList errors)
    {
        if (weight is < 0 or > 255)
        {
            errors.Invalid(path.Child("weight"), weight, "must be between 0 and 255, inclusive");
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
}
