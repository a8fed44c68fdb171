using Lodestone.Api.Networking;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="QuicRouting"/>.</summary>
internal static class QuicRoutingRules
{
    internal const int MaxConfigID = 6;
    internal const int MaxPorts = 8;
    internal const int MaxPort = 65_535;

    internal static void Validate(QuicRouting? quic, FieldPath path, FieldErrorList errors)
    {
        if (quic is null)
        {
            return;
        }

        ValidateRange(quic.ConfigID, 0, MaxConfigID, path.Child("configID"), errors);
        ValidateRange(quic.ServerIDLength, 1, QuicServerID.MaxLength, path.Child("serverIDLength"), errors);
        FieldPath ports = path.Child("ports");
        if (quic.Ports?.Count > MaxPorts)
        {
            errors.Invalid(ports, quic.Ports.Count, $"must have at most {MaxPorts} items");
        }

        for (int i = 0; i < quic.Ports?.Count; i++)
        {
            ValidateRange(quic.Ports[i], 1, MaxPort, ports.Index(i), errors);
        }
    }

    private static void ValidateRange(int? value, int least, int most, FieldPath path, FieldErrorList errors)
    {
        if (value < least || value > most)
        {
            errors.Invalid(path, value, $"must be between {least} and {most}, inclusive");
        }
    }
}
