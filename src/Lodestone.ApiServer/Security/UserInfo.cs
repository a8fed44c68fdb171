namespace Lodestone.ApiServer.Security;

/// <summary>Who makes a request.</summary>
/// <param name="Name">The user name.</param>
/// <param name="Groups">The groups, including <c>system:authenticated</c> or <c>system:unauthenticated</c>.</param>
internal sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>May do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>Everybody who showed credentials that count.</summary>
    public const string Authenticated = "system:authenticated";

    /// <summary>Everybody else.</summary>
    public const string Unauthenticated = "system:unauthenticated";

    /// <summary>The name of who shows no credentials.</summary>
    public const string AnonymousName = "system:anonymous";

    /// <summary>All service accounts; with a colon and a namespace behind it, those of the namespace.</summary>
    public const string ServiceAccounts = "system:serviceaccounts";

    /// <summary>What a service account's user name starts with; namespace, colon and name follow.</summary>
    public const string ServiceAccountPrefix = "system:serviceaccount:";

    /// <summary>Node agents; the user is <c>lodestone:agent:HOST</c>.</summary>
    public const string Agents = "lodestone:agents";

    /// <summary>Controllers.</summary>
    public const string Controllers = "lodestone:controllers";

    /// <summary>Who administers Lodestone.</summary>
    public const string Admins = "lodestone:admins";

    /// <summary>Who may look at everything but secrets.</summary>
    public const string Viewers = "lodestone:viewers";

    /// <summary>The Lease that controllers elect their leader by; no host's agent may hold it.</summary>
    public const string ControllersLease = "lodestone-controllers";

    /// <summary>What an agent's user name starts with.</summary>
    public const string AgentPrefix = "lodestone:agent:";

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoExtra = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Nobody in particular.</summary>
    public static UserInfo Anonymous { get; } = new(AnonymousName, [Unauthenticated]);

    /// <summary>What tells users of the same name apart; may be empty.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else the credentials say.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = NoExtra;

    /// <summary>Nobody in particular, or somebody who poses as nobody.</summary>
    public bool IsAnonymous => Name == AnonymousName;

    /// <summary>May do everything.</summary>
    public bool IsMaster => IsIn(Masters);

    /// <summary>A node agent, whatever its name.</summary>
    public bool IsAgent => IsIn(Agents);

    /// <summary>A machine that joins: who showed a bootstrap token.</summary>
    public bool IsBootstrapper => IsIn(Client.Certificates.BootstrapToken.Group);

    /// <summary>The host of an agent, or null for anybody else.</summary>
    public string? AgentHost =>
        Name.Length > AgentPrefix.Length && Name.StartsWith(AgentPrefix, StringComparison.Ordinal) && IsAgent ? Name[AgentPrefix.Length..] : null;

    /// <summary>Whether the user is in a group.</summary>
    public bool IsIn(string group)
    {
        for (int i = 0; i < Groups.Count; i++)
        {
            if (Groups[i] == group)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The user name of a service account.</summary>
    public static string ServiceAccountName(string ns, string name) => $"{ServiceAccountPrefix}{ns}:{name}";
}
