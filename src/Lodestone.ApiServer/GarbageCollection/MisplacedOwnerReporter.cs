using System.Globalization;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>Tells users by an Event, once each, that an owner reference points where no owner can be.</summary>
internal sealed class MisplacedOwnerReporter(OwnerKinds kinds, ResourceCatalog catalog, TimeProvider time)
{
    private const string Reason = "OwnerRefInvalidNamespace";
    private const string Component = "garbage-collector-controller";
    private const int ReportedLimit = 10_000;
    private readonly HashSet<(string Dependent, string Owner)> _reported = [];
    private readonly List<(ObjectId Id, StoredObject Dependent, Reference Reference)> _pending = [];

    /// <summary>Notes a reference; it is told at the next <see cref="ReportAsync"/>.</summary>
    public void Add(ObjectId id, StoredObject dependent, Reference reference)
    {
        if (_reported.Count >= ReportedLimit)
        {
            _reported.Clear();
        }

        if (_reported.Add((dependent.Summary.Uid, reference.Uid)))
        {
            _pending.Add((id, dependent, reference));
        }
    }

    /// <summary>Writes the Events.</summary>
    public async Task ReportAsync()
    {
        foreach ((ObjectId id, StoredObject dependent, Reference reference) in _pending)
        {
            try
            {
                string ns = dependent.Summary.Namespace.Length > 0 ? dependent.Summary.Namespace : "default";
                await catalog.Registry(ResourceDefinitions.Event).CreateAsync(ns, EventOf(id, dependent, reference, ns), new WriteOptions());
            }
            catch (Exception exception) when (exception is ApiException or StoreException)
            {
                // It was told before a restart, or the namespace is on its way out. An Event is not worth more.
            }
        }

        _pending.Clear();
    }

    private Event EventOf(ObjectId id, StoredObject dependent, Reference reference, string ns)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        ResourceDefinition resource = kinds.All[id.Kind].Resource;
        uint hash = Checksum.Compute(System.Text.Encoding.UTF8.GetBytes(dependent.Summary.Uid + reference.Uid));
        string where = dependent.Summary.Namespace.Length == 0 ? "is of a namespaced kind" : $"does not exist in namespace \"{dependent.Summary.Namespace}\"";
        return new Event
        {
            Metadata = new ObjectMeta { Name = $"{dependent.Summary.Name}.{hash.ToString("x8", CultureInfo.InvariantCulture)}", Namespace = ns },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = resource.ApiVersion,
                Kind = resource.Kind,
                Name = dependent.Summary.Name,
                Namespace = dependent.Summary.Namespace.Length > 0 ? dependent.Summary.Namespace : null,
                Uid = dependent.Summary.Uid,
            },
            Reason = Reason,
            Type = "Warning",
            Message = $"ownerRef [{reference.ApiVersion}/{reference.Kind}, namespace: {dependent.Summary.Namespace}, name: {reference.Name}, uid: {reference.Uid}] {where}",
            Source = new EventSource { Component = Component },
            ReportingComponent = Component,
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
    }
}
