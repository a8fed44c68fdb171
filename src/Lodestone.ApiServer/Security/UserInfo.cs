namespace Lodestone.ApiServer.Security;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The user name.</param>
/// <param name="Groups">The groups, including <c>system:authenticated</c> or <c>system:unauthenticated</c>.</param>
internal sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>May do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>Node agents; the user is <c>lodestone:agent:HOST</c>.</summary>
    public const string Agents = "lodestone:agents";

    /// <summary>Controllers.</summary>
    public const string Controllers = "lodestone:controllers";

    /// <summary>What an agent's user name starts with.</summary>
    public const string AgentPrefix = "lodestone:agent:";

    /// <summary>Nobody in particular.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", ["system:unauthenticated"]);

    /// <summary>True for <see cref="Anonymous"/>.</summary>
    public bool IsAnonymous => ReferenceEquals(this, Anonymous);

    /// <summary>The host of an agent, or null for anybody else.</summary>
    public string? AgentHost =>
        Groups.Contains(Agents) && Name.StartsWith(AgentPrefix, StringComparison.Ordinal) ? Name[AgentPrefix.Length..] : null;
}
