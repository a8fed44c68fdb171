using System.Diagnostics.CodeAnalysis;

namespace Lodestone.Api.Resources;

/// <summary>Where a network interface lives, <c>lodestone://host/device</c>: the value of its <c>spec.providerID</c>.</summary>
/// <param name="Host">Name of the <see cref="Platform.Host"/>.</param>
/// <param name="Device">Name of the device on that machine, as <c>ip link</c> shows it.</param>
public readonly record struct ProviderId(string Host, string Device)
{
    private const string Scheme = "lodestone://";

    /// <summary>Reads a provider id; false for another provider's, or a malformed one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ProviderId providerId)
    {
        providerId = default;
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        string[] parts = text[Scheme.Length..].Split('/');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length is 0 or > 15)
        {
            return false;
        }

        providerId = new ProviderId(parts[0], parts[1]);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Host}/{Device}";
}
