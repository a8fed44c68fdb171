using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Audit;

/// <summary>How much of which requests the audit log tells: the first rule that matches decides; where none does, nothing is told.</summary>
internal sealed class AuditPolicy
{
    private const string Secrets = "secrets";
    private readonly IReadOnlyList<AuditRule> _rules;

    private AuditPolicy(IReadOnlyList<AuditRule> rules) => _rules = rules;

    /// <summary>What is told without a policy of one's own: who did what; changes with what was sent; never what is in secrets and credentials; not the noise.</summary>
    public static AuditPolicy Default { get; } = new(
    [
        new AuditRule { Level = AuditLevel.None, NonResourceUrls = ["/livez*", "/readyz*", "/healthz*", "/version"] },
        new AuditRule { Level = AuditLevel.None, Verbs = ["get", "update", "patch"], Resources = [new("coordination.k8s.io", ["leases"], [])] },
        new AuditRule { Level = AuditLevel.None, Resources = [new("", ["events"], []), new("events.k8s.io", ["events"], [])] },
        new AuditRule
        {
            Level = AuditLevel.Metadata,
            Resources = [new("", [Secrets, "configmaps", "serviceaccounts/token"], []), new("authentication.k8s.io", ["*"], [])],
            OmitStages = [AuditStage.RequestReceived],
        },
        new AuditRule
        {
            Level = AuditLevel.Request,
            Verbs = ["create", "update", "patch", "delete", "deletecollection"],
            OmitStages = [AuditStage.RequestReceived],
            OmitManagedFields = true,
        },
        new AuditRule { Level = AuditLevel.Metadata, OmitStages = [AuditStage.RequestReceived] },
    ]);

    /// <summary>Reads a policy, YAML or JSON.</summary>
    /// <exception cref="FormatException">It is none; the message names the field.</exception>
    public static AuditPolicy Parse(string text)
    {
        JsonNode? document = YamlJson.Read(Encoding.UTF8.GetBytes(text), []);
        if (document is not JsonObject policy)
        {
            throw new FormatException("an audit policy is a mapping with apiVersion, kind and rules");
        }

        if ((policy.Text("apiVersion"), policy.Text("kind")) is not ("audit.k8s.io/v1", "Policy"))
        {
            throw new FormatException($"apiVersion and kind: \"{policy.Text("apiVersion")}\", \"{policy.Text("kind")}\" is not audit.k8s.io/v1, Policy");
        }

        RequireKnown(policy, "", "apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields");
        AuditStage[] omitted = Stages(policy, "omitStages");
        bool omitsManagedFields = Flag(policy, "omitManagedFields") ?? false;
        if (policy["rules"] is not JsonArray { Count: > 0 } rules)
        {
            throw new FormatException("rules: a policy has at least one rule");
        }

        return new AuditPolicy([.. rules.Select((r, i) => Rule(r, $"rules[{i}]", omitted, omitsManagedFields))]);
    }

    /// <summary>The rule of a request; null if it isn't told.</summary>
    public AuditRule? RuleOf(UserInfo user, RequestInfo request)
    {
        foreach (AuditRule rule in _rules)
        {
            if (rule.Matches(user, request))
            {
                return rule.Level == AuditLevel.None ? null : rule;
            }
        }

        return null;
    }

    private static AuditRule Rule(JsonNode? node, string path, AuditStage[] omitted, bool omitsManagedFields)
    {
        if (node is not JsonObject rule)
        {
            throw new FormatException($"{path}: a rule is a mapping");
        }

        RequireKnown(rule, path + ".", "level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages", "omitManagedFields");
        if (!Enum.TryParse(rule.Text("level"), out AuditLevel level) || !Enum.IsDefined(level))
        {
            throw new FormatException($"{path}.level: \"{rule.Text("level")}\" is not None, Metadata, Request or RequestResponse");
        }

        string[] urls = Strings(rule, path, "nonResourceURLs");
        AuditResources[] resources = [.. Items(rule, path, "resources").Select((r, i) => Resources(r, $"{path}.resources[{i}]"))];
        string[] namespaces = Strings(rule, path, "namespaces");
        if (urls.Length > 0 && (resources.Length > 0 || namespaces.Length > 0))
        {
            throw new FormatException($"{path}: a rule is about nonResourceURLs or about resources and namespaces, not both");
        }

        return new AuditRule
        {
            Level = level,
            Users = Strings(rule, path, "users"),
            UserGroups = Strings(rule, path, "userGroups"),
            Verbs = Strings(rule, path, "verbs"),
            Resources = resources,
            Namespaces = namespaces,
            NonResourceUrls = urls,
            OmitStages = [.. omitted, .. Stages(rule, $"{path}.omitStages")],
            OmitManagedFields = Flag(rule, "omitManagedFields") ?? omitsManagedFields,
        };
    }

    private static AuditResources Resources(JsonNode? node, string path)
    {
        if (node is not JsonObject resources)
        {
            throw new FormatException($"{path}: group, resources and resourceNames are expected");
        }

        RequireKnown(resources, path + ".", "group", "resources", "resourceNames");
        string[] names = Strings(resources, path, "resourceNames");
        string[] kinds = Strings(resources, path, "resources");
        return names.Length > 0 && kinds.Length == 0
            ? throw new FormatException($"{path}.resources: is needed beside resourceNames")
            : new AuditResources(resources.Text("group") ?? "", kinds, names);
    }

    private static AuditStage[] Stages(JsonObject parent, string path) =>
    [
        .. Strings(parent, "", "omitStages").Select(s => Enum.TryParse(s, out AuditStage stage) && Enum.IsDefined(stage)
            ? stage
            : throw new FormatException($"{path}: \"{s}\" is not RequestReceived, ResponseStarted, ResponseComplete or Panic")),
    ];

    private static string[] Strings(JsonObject parent, string path, string name) =>
    [
        .. Items(parent, path, name).Select((v, i) => v is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : throw new FormatException($"{path}.{name}[{i}]: is not a string")),
    ];

    private static JsonArray Items(JsonObject parent, string path, string name) => parent[name] switch
    {
        null => [],
        JsonArray list => list,
        _ => throw new FormatException($"{path}.{name}: is not a list"),
    };

    private static bool? Flag(JsonObject parent, string name) => parent[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    private static void RequireKnown(JsonObject parent, string path, params ReadOnlySpan<string> known)
    {
        foreach ((string name, _) in parent)
        {
            if (!known.Contains(name))
            {
                throw new FormatException($"{path}{name}: unknown field");
            }
        }
    }
}
