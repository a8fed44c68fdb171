using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Admission;

/// <summary>Nobody grants what they don't hold (Kubernetes' policy-based storage of rbac.authorization.k8s.io).</summary>
/// <remarks>
/// A role's rules have to be held by its writer, unless the verb <c>escalate</c> is granted; the rules of a role that is bound, by who
/// binds it, unless the verb <c>bind</c> is granted on that role. A cluster role that is made up of others could become anything, so its
/// writer must hold everything.
/// </remarks>
internal sealed class EscalationAdmission(RbacIndex index) : IAdmission
{
    /// <inheritdoc/>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old)
    {
        if (request.Resource.Group != ResourceDefinitions.RbacGroup
            || request.User.IsMaster
            || (old is not null && ChangesOnlyOwnersAndFinalizers(request, value, old)))
        {
            return;
        }

        switch (value)
        {
            case ClusterRole role:
                CheckRole(request, value, role.Rules, role.AggregationRule is not null || (old as ClusterRole)?.AggregationRule is not null);
                break;
            case Role role:
                CheckRole(request, value, role.Rules, isAggregate: false);
                break;
            case ClusterRoleBinding binding:
                CheckBinding(request, value, binding.RoleRef);
                break;
            case RoleBinding binding:
                CheckBinding(request, value, binding.RoleRef);
                break;
        }
    }

    private void CheckRole(ResourceRequest request, KubernetesObject value, List<PolicyRule>? rules, bool isAggregate)
    {
        if (index.Authorize(request.User, request.Info with { Verb = "escalate", Subresource = "" }).IsAllowed)
        {
            return;
        }

        RequireHeld(request, value, rules ?? []);
        if (isAggregate && PolicyRules.Uncovered(index.RulesFor(request.User, request.Namespace).Rules, PolicyRules.FullAuthority).Count > 0)
        {
            throw ApiErrors.Forbidden(request.Info.QualifiedResource, value.Metadata.Name, "must have cluster-admin privileges to use the aggregationRule");
        }
    }

    private void CheckBinding(ResourceRequest request, KubernetesObject value, RoleRef role)
    {
        bool isCluster = role.Kind == "ClusterRole";
        RequestInfo bind = request.Info with { Verb = "bind", Resource = isCluster ? "clusterroles" : "roles", Name = role.Name, Subresource = "" };
        if (index.Authorize(request.User, bind).IsAllowed)
        {
            return;
        }

        string ns = isCluster ? "" : request.Namespace;
        RequireHeld(request, value, index.RulesOf(ns, role.Name) ?? throw ApiErrors.NoSuchRole(isCluster, role.Name));
    }

    private void RequireHeld(ResourceRequest request, KubernetesObject value, IReadOnlyList<PolicyRule> wanted)
    {
        UserInfo user = request.User;
        (List<PolicyRule> held, string error) = index.RulesFor(user, request.Namespace);
        List<PolicyRule> missing = PolicyRules.Uncovered(held, wanted);
        if (missing.Count == 0)
        {
            return;
        }

        string resolution = error.Length == 0 ? "" : $"; resolution errors: [{error}]";
        throw ApiErrors.Forbidden(
            request.Info.QualifiedResource,
            value.Metadata.Name,
            $"user {Api.Validation.FieldError.Quote(user.Name)} (groups={PolicyRules.Quote(user.Groups)}) is attempting to grant RBAC permissions not currently held:\n"
            + string.Join('\n', PolicyRules.Describe(missing)) + resolution);
    }

    /// <summary>So the garbage collector, or whoever takes a finalizer away, needs none of the permissions.</summary>
    private static bool ChangesOnlyOwnersAndFinalizers(ResourceRequest request, KubernetesObject value, KubernetesObject old) =>
        JsonNode.DeepEquals(WithoutOwnersAndFinalizers(request, value), WithoutOwnersAndFinalizers(request, old));

    private static JsonNode WithoutOwnersAndFinalizers(ResourceRequest request, KubernetesObject value)
    {
        JsonNode node = JsonSerializer.SerializeToNode(value, request.Resource.TypeInfo)!;
        if (node["metadata"] is JsonObject metadata)
        {
            foreach (string name in (ReadOnlySpan<string>)["ownerReferences", "finalizers", "managedFields", "resourceVersion"])
            {
                metadata.Remove(name);
            }
        }

        node.AsObject().Remove("apiVersion");
        node.AsObject().Remove("kind");
        return node;
    }
}
