using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>A role that exists, or that a binding names. Bindings hold it, so that a change of its rules is one reference written.</summary>
/// <param name="description">As messages name it: <c>clusterrole.rbac.authorization.k8s.io "x"</c>.</param>
internal sealed class RbacRole(string description)
{
    private IReadOnlyList<PolicyRule> _rules = [];

    /// <summary>As messages name it.</summary>
    public string Description { get; } = description;

    /// <summary>What it allows: of a role that is made up of others, what these allow now.</summary>
    public IReadOnlyList<PolicyRule> Rules
    {
        get => Volatile.Read(ref _rules);
        set => Volatile.Write(ref _rules, value);
    }

    /// <summary>False for one that only a binding names.</summary>
    public bool Exists { get; set; }

    /// <summary>How many bindings name it.</summary>
    public int References { get; set; }

    /// <summary>The labels of a cluster role.</summary>
    public Dictionary<string, string>? Labels { get; set; }

    /// <summary>Which cluster roles make it up; null where its rules are its own.</summary>
    public List<LabelSelector>? Selectors { get; set; }
}
