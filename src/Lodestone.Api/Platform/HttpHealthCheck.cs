namespace Lodestone.Api.Platform;

/// <summary>A target is well when it answers a GET with an expected status. Redirects are not followed.</summary>
public sealed class HttpHealthCheck
{
    /// <summary>What <see cref="Path"/> is where it is not given.</summary>
    public const string DefaultPath = "/";

    /// <summary>Value of <see cref="Scheme"/>: in TLS, whose certificate is not verified; the name asked for (SNI) is <see cref="Host"/>.</summary>
    public const string Https = "HTTPS";

    /// <summary>What <see cref="ExpectedStatuses"/> are where none is given.</summary>
    public const string DefaultStatuses = "200-399";

    /// <summary>The port, 1 to 65535; absent: the first TCP port of the load balancer.</summary>
    public int? Port { get; set; }
    /// <summary>Path and query of the request; absent: <see cref="DefaultPath"/>.</summary>
    public string? Path { get; set; }
    /// <summary>Header Host; absent: the load balancer's address.</summary>
    public string? Host { get; set; }
    /// <summary><c>HTTP</c> or <see cref="Https"/>; absent: <c>HTTP</c>.</summary>
    public string? Scheme { get; set; }
    /// <summary>Statuses and ranges of them, such as <c>200</c> and <c>200-399</c>; absent: <see cref="DefaultStatuses"/>.</summary>
    public List<string>? ExpectedStatuses { get; set; }

    /// <summary>From and to which status a text of <see cref="ExpectedStatuses"/> goes, inclusive; null for what is no such text.</summary>
    public static (int From, int To)? StatusesOf(string text) => HealthCheckRules.StatusesOf(text);
}
