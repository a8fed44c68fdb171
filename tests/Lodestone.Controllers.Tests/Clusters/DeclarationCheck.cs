using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>Sees every request of the controllers, and finds those that the controller at work has not declared.</summary>
internal sealed class DeclarationCheck : DelegatingHandler
{
    private static readonly AsyncLocal<Type?> AtWork = new();
    private static readonly Permissions Reads = Permissions.None.With(ControllerRole.Manager)
        .With(Of(ControllerRole.Declared.Values.SelectMany(p => p.All).Where(p => p.Verb is "list" or "watch")));

    private readonly ConcurrentQueue<string> _undeclared = new();

    /// <summary>Requests that no declaration covers.</summary>
    internal IReadOnlyCollection<string> Undeclared => _undeclared;

    /// <summary>Has requests tell whose they are.</summary>
    internal IReconciler Wrap(IReconciler reconciler) => new Attributed(reconciler);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Which kinds there are everybody may ask.
        if (IsDiscovery(request))
        {
            return base.SendAsync(request, cancellationToken);
        }

        // Beside the controllers there are only informers, the recorder of events and the elector.
        Permission wanted = PermissionOf(request);
        bool isCovered = AtWork.Value is { } type
            ? ControllerRole.Declared.TryGetValue(type, out Permissions? declared) && declared.Allows(wanted)
            : Reads.Allows(wanted);
        if (!isCovered)
        {
            _undeclared.Enqueue($"{AtWork.Value?.Name ?? "nobody"}: {wanted.Verb} {wanted.Resource}.{wanted.Definition.Group} in namespace '{wanted.Namespace}'");
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsDiscovery(HttpRequestMessage request) =>
        request.RequestUri!.AbsolutePath.Trim('/').Split('/') is ["api", _] or ["apis", _, _];

    private static Permissions Of(IEnumerable<Permission> permissions) =>
        permissions.Aggregate(Permissions.None, (all, p) => all.With(p.Definition, p.Subresource, p.Namespace, p.Verb));

    private static Permission PermissionOf(HttpRequestMessage request)
    {
        string[] path = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        (string group, string[] rest) = path[0] == "api" ? ("", path[2..]) : (path[1], path[3..]);
        string? ns = null;
        if (rest is ["namespaces", var scope, _, ..])
        {
            ns = scope;
            rest = rest[2..];
        }

        ResourceDefinition definition = ResourceDefinitions.All.Concat(ResourceDefinitions.OfCluster).Single(d => d.Group == group && d.Plural == rest[0]);
        string verb = request.Method.Method switch
        {
            "GET" when rest.Length > 1 => "get",
            "GET" => request.RequestUri.Query.Contains("watch=", StringComparison.Ordinal) ? "watch" : "list",
            "POST" => "create",
            "PATCH" => "patch",
            "PUT" => "update",
            _ => rest.Length > 1 ? "delete" : "deletecollection",
        };
        return new Permission(definition, rest.ElementAtOrDefault(2), verb, ns);
    }

    private sealed class Attributed(IReconciler inner) : IReconciler
    {
        public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            AtWork.Value = inner.GetType();
            return await inner.ReconcileAsync(key, cancellationToken);
        }
    }
}
