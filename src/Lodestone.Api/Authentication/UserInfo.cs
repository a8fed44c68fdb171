namespace Lodestone.Api.Authentication;

/// <summary>Who a user is (authentication/v1 UserInfo).</summary>
public sealed class UserInfo
{
    /// <summary>The name.</summary>
    public string? Username { get; set; }
    /// <summary>What tells users of the same name apart.</summary>
    public string? Uid { get; set; }
    /// <summary>The groups.</summary>
    public List<string>? Groups { get; set; }
    /// <summary>What else the credentials say.</summary>
    public Dictionary<string, List<string>>? Extra { get; set; }
}
