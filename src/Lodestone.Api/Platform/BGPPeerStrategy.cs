using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

using static Lodestone.Api.Platform.BGPPeerRules;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="BGPPeer"/>.</summary>
internal sealed class BGPPeerStrategy : ResourceStrategy<BGPPeer>
{
    private static readonly string[] Families = [IPFamily.IPv4, IPFamily.IPv6];

    protected override bool IsNamespaced => false;

    public override void PrepareForCreate(BGPPeer resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(BGPPeer resource, BGPPeer old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(BGPPeer resource, BGPPeer old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(BGPPeer resource, FieldErrorList errors)
    {
        BGPPeerSpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        LabelSelectorValidation.Validate(spec.HostSelector, path.Child("hostSelector"), errors);
        ValidateSet(spec.Hosts, MaxHosts, path.Child("hosts"), (host, item) => errors.Invalid(item, host, Names.CheckDnsSubdomain(host)), errors);
        ValidatePeer(spec, path, errors);
        ValidateASN(spec.PeerASN, path.Child("peerASN"), errors);
        ValidateASN(spec.LocalASN, path.Child("localASN"), errors);
        ValidateRange(spec.Port, 1, MaxPort, path.Child("port"), errors);
        if (spec.PasswordKey is { } key && !IsKey(key))
        {
            errors.Invalid(path.Child("passwordKey"), key, KeyProblem);
        }

        ValidateTimes(spec, path, errors);
        ValidateHops(spec, path, errors);
        ValidateBfd(spec.Bfd, path.Child("bfd"), errors);
        ValidateSet(spec.Communities, MaxCommunities, path.Child("communities"), (c, item) => Check(IsCommunity(c), c, CommunityProblem, item, errors), errors);
        ValidateSet(spec.LargeCommunities, MaxCommunities, path.Child("largeCommunities"), (c, item) => Check(IsLargeCommunity(c), c, LargeCommunityProblem, item, errors), errors);
        ValidateRange(spec.Med, 0, uint.MaxValue, path.Child("med"), errors);
        ValidateRange(spec.LocalPreference, 0, uint.MaxValue, path.Child("localPreference"), errors);
        if (spec.LocalPreference is not null && spec.PeerASN != spec.LocalASN)
        {
            errors.Forbidden(path.Child("localPreference"), OnlyInternal);
        }

        ValidateSet(
            spec.AddressFamilies,
            Families.Length,
            path.Child("addressFamilies"),
            (family, item) =>
            {
                if (!Families.Contains(family))
                {
                    errors.NotSupported(item, family, Families);
                }
            },
            errors);
        ValidateRange(spec.GracefulRestartSeconds, 0, MaxRestartSeconds, path.Child("gracefulRestartSeconds"), errors);
    }

    private static void ValidatePeer(BGPPeerSpec spec, FieldPath path, FieldErrorList errors)
    {
        if (spec.PeerAddress is { } text)
        {
            FieldPath field = path.Child("peerAddress");
            if (AddressSourceValidation.ValidateAddress(text, null, field, errors)?.IsIPv6LinkLocal == true)
            {
                errors.Invalid(field, text, LinkLocal);
            }
        }
        else if (spec.Interface is null)
        {
            errors.Required(path.Child("peerAddress"), PeerMissing);
        }

        if (spec.Interface is { } device)
        {
            if (spec.PeerAddress is not null)
            {
                errors.Forbidden(path.Child("interface"), PeerTwice);
            }

            Check(IsDevice(device), device, DeviceProblem, path.Child("interface"), errors);
        }
    }

    private static void ValidateASN(long? value, FieldPath path, FieldErrorList errors)
    {
        if (value is null)
        {
            errors.Required(path, "must specify the number of an autonomous system");
        }

        ValidateRange(value, 1, MaxASN, path, errors);
    }

    private static void ValidateTimes(BGPPeerSpec spec, FieldPath path, FieldErrorList errors)
    {
        ValidateRange(spec.HoldTimeSeconds, MinHoldTimeSeconds, MaxTimeSeconds, path.Child("holdTimeSeconds"), errors);
        ValidateRange(spec.KeepaliveSeconds, 1, MaxTimeSeconds, path.Child("keepaliveSeconds"), errors);
        ValidateRange(spec.ConnectRetrySeconds, 1, MaxTimeSeconds, path.Child("connectRetrySeconds"), errors);
        if (spec.KeepaliveSeconds is { } keepalive && keepalive >= (spec.HoldTimeSeconds ?? BGPPeerSpec.DefaultHoldTimeSeconds))
        {
            errors.Invalid(path.Child("keepaliveSeconds"), keepalive, KeepaliveTooLong);
        }
    }

    private static void ValidateHops(BGPPeerSpec spec, FieldPath path, FieldErrorList errors)
    {
        ValidateRange(spec.EbgpMultihop, MinMultihop, MaxMultihop, path.Child("ebgpMultihop"), errors);
        ValidateRange(spec.TtlSecurityHops, 1, MaxSecurityHops, path.Child("ttlSecurityHops"), errors);
        if (spec.EbgpMultihop is not null)
        {
            CheckHops(spec, path.Child("ebgpMultihop"), errors);
        }

        if (spec.TtlSecurityHops is not null)
        {
            CheckHops(spec, path.Child("ttlSecurityHops"), errors);
            if (spec.EbgpMultihop is not null)
            {
                errors.Forbidden(path.Child("ttlSecurityHops"), HopsTwice);
            }
        }
    }

    private static void CheckHops(BGPPeerSpec spec, FieldPath path, FieldErrorList errors)
    {
        if (spec.PeerASN == spec.LocalASN)
        {
            errors.Forbidden(path, OnlyExternal);
        }

        if (spec.Interface is not null)
        {
            errors.Forbidden(path, OnLink);
        }
    }

    private static void ValidateBfd(BFDSettings? bfd, FieldPath path, FieldErrorList errors)
    {
        ValidateRange(bfd?.TransmitIntervalMilliseconds, MinIntervalMilliseconds, MaxIntervalMilliseconds, path.Child("transmitIntervalMilliseconds"), errors);
        ValidateRange(bfd?.ReceiveIntervalMilliseconds, MinIntervalMilliseconds, MaxIntervalMilliseconds, path.Child("receiveIntervalMilliseconds"), errors);
        ValidateRange(bfd?.DetectMultiplier, MinDetectMultiplier, MaxDetectMultiplier, path.Child("detectMultiplier"), errors);
    }

    private static void ValidateSet(List<string>? items, int most, FieldPath path, Action<string, FieldPath> validate, FieldErrorList errors)
    {
        if (items?.Count > most)
        {
            errors.Invalid(path, items.Count, $"must have at most {most} items");
        }

        for (int i = 0; i < items?.Count; i++)
        {
            validate(items[i], path.Index(i));
            if (items.IndexOf(items[i]) < i)
            {
                errors.Duplicate(path.Index(i), items[i]);
            }
        }
    }

    private static void Check(bool isGood, string value, string problem, FieldPath path, FieldErrorList errors)
    {
        if (!isGood)
        {
            errors.Invalid(path, value, problem);
        }
    }

    private static void ValidateRange(long? value, long least, long most, FieldPath path, FieldErrorList errors)
    {
        if (value < least || value > most)
        {
            errors.Invalid(path, value, $"must be between {least} and {most}, inclusive");
        }
    }
}
