namespace Lodestone.Api.Certificates;

/// <summary>A decision about a <see cref="CertificateSigningRequest"/>. Approved and Denied exclude each other and can't be taken back.</summary>
public sealed class CertificateSigningRequestCondition
{
    /// <summary>It may be signed.</summary>
    public const string Approved = "Approved";

    /// <summary>It will not be signed.</summary>
    public const string Denied = "Denied";

    /// <summary>The signer could not sign it.</summary>
    public const string Failed = "Failed";

    /// <summary><see cref="Approved"/>, <see cref="Denied"/> or <see cref="Failed"/>, or a word of somebody's own.</summary>
    public string Type { get; set; } = "";

    /// <summary><c>True</c>; of other types also <c>False</c> or <c>Unknown</c>.</summary>
    public string? Status { get; set; }

    /// <summary>Why, in one CamelCase word.</summary>
    public string? Reason { get; set; }

    /// <summary>Why, for a person.</summary>
    public string? Message { get; set; }

    /// <summary>When the condition was last written.</summary>
    public DateTimeOffset? LastUpdateTime { get; set; }

    /// <summary>When <see cref="Status"/> last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; set; }
}
