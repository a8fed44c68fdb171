using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Validates the ports of a <see cref="LoadBalancer"/>: each one, once, and that ranges of a protocol don't overlap.</summary>
internal static class LoadBalancerPortValidation
{
    private const string DefaultProtocol = "TCP";
    private const int MaxPort = 65535;

    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];

    public static void Validate(List<LoadBalancerPort>? ports, FieldPath path, FieldErrorList errors)
    {
        var accepted = new Dictionary<string, SortedSet<(int From, int To)>>();
        for (int i = 0; i < ports?.Count; i++)
        {
            LoadBalancerPort port = ports[i];
            FieldPath item = path.Index(i);
            int before = errors.Count;
            ValidateOne(port, item, errors);
            if (errors.Count == before)
            {
                ValidateOverlap(port, accepted, item, errors);
            }
        }
    }

    private static void ValidateOne(LoadBalancerPort port, FieldPath path, FieldErrorList errors)
    {
        if (port.Protocol is { Length: 0 })
        {
            errors.Required(path.Child("protocol"), "must specify protocol");
        }
        else if (port.Protocol is not null && !Protocols.Contains(port.Protocol))
        {
            errors.NotSupported(path.Child("protocol"), port.Protocol, Protocols);
        }

        ValidateNumber(port.Port, path.Child("port"), errors);
        if (port.EndPort is { } end)
        {
            ValidateNumber(end, path.Child("endPort"), errors);
            if (end < port.Port)
            {
                errors.Forbidden(path.Child("endPort"), $"endPort {end} must be >= port {port.Port}");
            }
        }
    }

    private static void ValidateNumber(int number, FieldPath path, FieldErrorList errors)
    {
        if (number is < 1 or > MaxPort)
        {
            errors.Invalid(path, number, "must be between 1 and 65535, inclusive");
        }
    }

    // Ranges taken so far are disjoint, so the last one that starts no later than this one ends is the only candidate for an overlap. One that
    // overlaps is not taken: what overlaps only with it is told once it is corrected.
    private static void ValidateOverlap(LoadBalancerPort port, Dictionary<string, SortedSet<(int From, int To)>> accepted, FieldPath path, FieldErrorList errors)
    {
        string protocol = port.Protocol ?? DefaultProtocol;
        (int From, int To) range = (port.Port, port.EndPort ?? port.Port);
        if (!accepted.TryGetValue(protocol, out SortedSet<(int From, int To)>? ranges))
        {
            accepted[protocol] = ranges = [];
        }

        (int From, int To) candidate = ranges.GetViewBetween((0, 0), (range.To, int.MaxValue)).Max;
        if (candidate.To >= range.From)
        {
            errors.Forbidden(path, $"port range [{range.From} {range.To}] overlaps with port range [{candidate.From} {candidate.To}]");
        }
        else
        {
            ranges.Add(range);
        }
    }
}
