using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="LoadBalancerPolicy"/>.</summary>
internal sealed class LoadBalancerPolicyStrategy : ResourceStrategy<LoadBalancerPolicy>
{
    internal const int MaxWeight = 255;
    internal const int MaxWeights = 32;
    internal const int MaxDrainSeconds = 86_400;
    internal const int MinTransitionSeconds = 10;
    internal const int MaxTransitionSeconds = 7_200;
    internal const int MinSlowStartSeconds = 10;
    internal const int MaxSlowStartSeconds = 7_200;
    internal const string PrefixOnly = "may be given only with sessionAffinity SourcePrefix";
    internal const string UdpContradicts = "PreferNew moves clients that are still there: with a sessionAffinity other than Flow only Stable is possible";

    private static readonly string[] DeliveryModes = ["Direct", "Translate"];
    private static readonly string[] EchoModes = ["Answer", "Drop"];
    private static readonly string[] UdpModes = ["PreferNew", "Stable"];

    public override void PrepareForCreate(LoadBalancerPolicy resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(LoadBalancerPolicy resource, LoadBalancerPolicy old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(LoadBalancerPolicy resource, LoadBalancerPolicy old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(LoadBalancerPolicy resource, FieldErrorList errors)
    {
        LoadBalancerPolicySpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        string lb = spec.LoadBalancerRef?.Name ?? "";
        errors.Invalid(path.Child("loadBalancerRef").Child("name"), lb, Names.CheckDnsSubdomain(lb));
        ValidateWeights(spec.Weights, path.Child("weights"), errors);
        ValidateChoice(spec.SessionAffinity, SessionAffinities.All, path.Child("sessionAffinity"), errors);
        ValidateChoice(spec.Fragments, FragmentModes.All, path.Child("fragments"), errors);
        ValidateChoice(spec.Echo, EchoModes, path.Child("echo"), errors);
        ValidateChoice(spec.Delivery, DeliveryModes, path.Child("delivery"), errors);
        ValidateChoice(spec.Announcement, AnnouncementModes.All, path.Child("announcement"), errors);
        ValidateChoice(spec.Encapsulation, EncapsulationModes.All, path.Child("encapsulation"), errors);
        ValidateChoice(spec.Udp, UdpModes, path.Child("udp"), errors);
        ValidatePrefixLength(spec, spec.Ipv4PrefixLength, 32, path.Child("ipv4PrefixLength"), errors);
        ValidatePrefixLength(spec, spec.Ipv6PrefixLength, 128, path.Child("ipv6PrefixLength"), errors);
        ValidateRange(spec.DrainSeconds, 0, MaxDrainSeconds, path.Child("drainSeconds"), errors);
        ValidateRange(spec.TransitionSeconds, MinTransitionSeconds, MaxTransitionSeconds, path.Child("transitionSeconds"), errors);
        ValidateRange(spec.SlowStartSeconds, MinSlowStartSeconds, MaxSlowStartSeconds, path.Child("slowStartSeconds"), errors);
        QuicRoutingRules.Validate(spec.Quic, path.Child("quic"), errors);
        HealthCheckRules.Validate(spec.HealthCheck, path.Child("healthCheck"), errors);
        if (spec.Udp == "PreferNew" && spec.SessionAffinity is SessionAffinities.SourceAddress or SessionAffinities.SourcePrefix)
        {
            errors.Forbidden(path.Child("udp"), UdpContradicts);
        }
    }

    private static void ValidateWeights(List<TargetWeight>? weights, FieldPath path, FieldErrorList errors)
    {
        if (weights?.Count > MaxWeights)
        {
            errors.Invalid(path, weights.Count, $"must have at most {MaxWeights} items");
        }

        for (int i = 0; i < weights?.Count; i++)
        {
            FieldPath item = path.Index(i);
            if (weights[i].Selector is null)
            {
                errors.Required(item.Child("selector"), "must specify a selector; an empty one selects all");
            }

            LabelSelectorValidation.Validate(weights[i].Selector, item.Child("selector"), errors);
            if (weights[i].Weight is null)
            {
                errors.Required(item.Child("weight"), "must specify a weight");
            }

            ValidateRange(weights[i].Weight, 0, MaxWeight, item.Child("weight"), errors);
        }
    }

    private static void ValidateChoice(string? value, string[] choices, FieldPath path, FieldErrorList errors)
    {
        if (value is not null && !choices.Contains(value))
        {
            errors.NotSupported(path, value, choices);
        }
    }

    private static void ValidatePrefixLength(LoadBalancerPolicySpec spec, int? length, int most, FieldPath path, FieldErrorList errors)
    {
        if (length is not null && spec.SessionAffinity != SessionAffinities.SourcePrefix)
        {
            errors.Forbidden(path, PrefixOnly);
        }

        ValidateRange(length, 1, most, path, errors);
    }

    private static void ValidateRange(int? value, int least, int most, FieldPath path, FieldErrorList errors)
    {
        if (value < least || value > most)
        {
            errors.Invalid(path, value, $"must be between {least} and {most}, inclusive");
        }
    }
}
