using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Makes <see cref="BootstrapPolicy"/> be there at start: what is missing is added, what somebody added stays.</summary>
/// <remarks>
/// Kubernetes' rules: a role or binding with the annotation <c>rbac.authorization.kubernetes.io/autoupdate: "false"</c> is left alone;
/// a binding that names another role is made anew, since that can't be changed.
/// </remarks>
internal static class BootstrapReconciler
{
    /// <summary>Creates and completes.</summary>
    public static Task ReconcileAsync(ResourceCatalog catalog)
    {
        ResourceDefinition service = ResourceDefinitions.Of<Api.Cluster.Service>();
        bool withServices = catalog.Find(service.Group, service.Version, service.Plural) is not null;
        ObjectRegistry roles = catalog.Registry(ResourceDefinitions.ClusterRole);
        ObjectRegistry bindings = catalog.Registry(ResourceDefinitions.ClusterRoleBinding);
        return Task.WhenAll(
        [
            .. BootstrapPolicy.ClusterRoles(withServices).Select(r => ReconcileAsync(roles, r)),
            .. BootstrapPolicy.ClusterRoleBindings().Select(b => ReconcileAsync(bindings, b)),
        ]);
    }

    private static Task ReconcileAsync(ObjectRegistry registry, ClusterRole wanted)
    {
        if (registry.Read().Objects.Find(wanted.Metadata.Name!) is not { } present)
        {
            return registry.CreateAsync("", wanted, new WriteOptions());
        }

        return CompleteAsync(registry, (ClusterRole)registry.Codec.Decode(present), wanted.Metadata, role =>
        {
            if (wanted.AggregationRule is null)
            {
                role.Rules = [.. role.Rules ?? [], .. PolicyRules.Uncovered(role.Rules ?? [], wanted.Rules!)];
            }
            else
            {
                role.AggregationRule ??= wanted.AggregationRule;
            }
        });
    }

    private static async Task ReconcileAsync(ObjectRegistry registry, ClusterRoleBinding wanted)
    {
        if (registry.Read().Objects.Find(wanted.Metadata.Name!) is { } found)
        {
            var present = (ClusterRoleBinding)registry.Codec.Decode(found);
            if (IsProtected(present) || (present.RoleRef.Kind == wanted.RoleRef.Kind && present.RoleRef.Name == wanted.RoleRef.Name))
            {
                await CompleteAsync(registry, present, wanted.Metadata, binding =>
                {
                    List<Subject> subjects = binding.Subjects ??= [];
                    subjects.AddRange(wanted.Subjects!.Where(s => !subjects.Exists(p => p.Kind == s.Kind && p.Name == s.Name)));
                });
                return;
            }

            await registry.DeleteAsync("", wanted.Metadata.Name!, new DeleteOptions());
        }

        await registry.CreateAsync("", wanted, new WriteOptions());
    }

    /// <summary>Writes only what differs; labels and annotations of the present object win.</summary>
    private static Task CompleteAsync<T>(ObjectRegistry registry, T present, ObjectMeta wanted, Action<T> complete)
        where T : KubernetesObject
    {
        if (IsProtected(present))
        {
            return Task.CompletedTask;
        }

        return registry.UpdateAsync(
            "",
            wanted.Name!,
            isStatus: false,
            isReplacement: false,
            current =>
            {
                var value = (T)registry.Codec.Decode(current);
                complete(value);
                value.Metadata.Labels = Merge(value.Metadata.Labels, wanted.Labels!);
                value.Metadata.Annotations = Merge(value.Metadata.Annotations, wanted.Annotations!);
                return value;
            },
            new WriteOptions());
    }

    private static Dictionary<string, string> Merge(Dictionary<string, string>? present, Dictionary<string, string> wanted)
    {
        var merged = new Dictionary<string, string>(wanted);
        foreach ((string key, string value) in present ?? [])
        {
            merged[key] = value;
        }

        return merged;
    }

    private static bool IsProtected(KubernetesObject value) => value.Metadata.Annotations?.GetValueOrDefault(BootstrapPolicy.AutoUpdateAnnotation) == "false";
}
