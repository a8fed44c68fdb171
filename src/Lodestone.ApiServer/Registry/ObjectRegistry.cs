using System.Globalization;
using System.Security.Cryptography;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Selectors;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Registry;

/// <summary>The objects of one kind: what Kubernetes does around every write, with the kind's strategies in their places.</summary>
/// <remarks>
/// A write reads the object as it is, works out the new version, and offers it to the store, which refuses it when the
/// object has changed meanwhile; then it is worked out again.
/// </remarks>
internal sealed class ObjectRegistry(IObjectStore store, ObjectStrategy strategy, TimeProvider time, INamespaceGate? namespaces = null)
{
    private const string OrphanFinalizer = "orphan";
    private const string ForegroundFinalizer = "foregroundDeletion";
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int GenerateAttempts = 8;
    private const int LongestGeneratedPrefix = 58;
    private readonly FieldManager _fields = new(strategy.Resource, time);

    /// <summary>What the server does differently for the kind.</summary>
    public ObjectStrategy Strategy { get; } = strategy;

    /// <summary>The kind's JSON.</summary>
    public ObjectCodec Codec { get; } = new(strategy.Resource);

    /// <summary>The fields that selectors may name.</summary>
    public SelectableFields Fields { get; } =
        new((strategy.Resource.Stored?.Definition ?? strategy.Resource).SelectableFields, strategy.Resource.SelectableFields);

    /// <summary>The kind.</summary>
    public ResourceDefinition Resource => Strategy.Resource;

    /// <summary>The name under which the store keeps the kind.</summary>
    public string StoreName => Named.QualifiedName;

    /// <summary>The kind as errors name it: the one that is stored, as in Kubernetes.</summary>
    private ResourceDefinition Named => Resource.Stored?.Definition ?? Resource;

    /// <summary>All objects now.</summary>
    public StoreSnapshot Read() => store.Read(StoreName);

    /// <summary>The object.</summary>
    /// <exception cref="ApiException">404.</exception>
    public StoredObject Get(string ns, string name) => Read().Objects.Find(Key(ns, name)) ?? throw ApiErrors.NotFound(Named, name);

    /// <summary>Creates an object.</summary>
    /// <exception cref="ApiException">It breaks a rule, or is there already.</exception>
    public Task<StoredObject> CreateAsync(string ns, KubernetesObject value, WriteOptions options) => CreateAsync(ns, value, options, isApplied: false);

    /// <summary>Applies a configuration: merges it into the object, or creates the object of it (facts 2.4).</summary>
    /// <param name="ns">Namespace, or empty.</param>
    /// <param name="name">Name.</param>
    /// <param name="isStatus">Only the status is taken from the configuration; otherwise everything but the status.</param>
    /// <param name="patch">What is applied.</param>
    /// <param name="options">How.</param>
    /// <param name="checkCreation">Refuses a creation, which a patch does not lead one to expect, by throwing.</param>
    /// <returns>The object, and whether it is new.</returns>
    /// <exception cref="ApiException">Others own what would change, the configuration is no patch of such an object, or the result breaks a rule.</exception>
    public async Task<(StoredObject Object, bool IsCreated)> ApplyAsync(
        string ns, string name, bool isStatus, ApplyPatch patch, WriteOptions options, Func<Task> checkCreation)
    {
        while (true)
        {
            bool isThere = Read().Objects.Find(Key(ns, name)) is not null;
            try
            {
                if (isThere || isStatus)
                {
                    return (await UpdateAsync(ns, name, isStatus, isReplacement: false, current => Merge(Codec.Served(current), patch, isStatus, options), options, isApplied: true), false);
                }

                KubernetesObject value = Merge([], patch, isStatus, options);
                CheckNew(value.Metadata, ns, name);
                await checkCreation();
                return (await CreateAsync(ns, value, options, isApplied: true), true);
            }
            catch (ApiException exception) when (!isStatus && exception.Code is 404 or 409 && isThere != Read().Objects.Find(Key(ns, name)) is not null)
            {
                // Somebody else deleted it, or created it, in between.
            }
        }
    }

    /// <summary>Replaces an object, or creates it where the kind allows that.</summary>
    /// <param name="ns">Namespace, or empty.</param>
    /// <param name="name">Name.</param>
    /// <param name="isStatus">Only the status is taken; otherwise everything but the status.</param>
    /// <param name="read">Reads what is sent, anew each time.</param>
    /// <param name="options">How.</param>
    /// <param name="checkCreation">Refuses a creation by throwing.</param>
    /// <returns>The object, and whether it is new.</returns>
    /// <exception cref="ApiException">There is no such object, it has changed, or what is sent breaks a rule.</exception>
    public async Task<(StoredObject Object, bool IsCreated)> ReplaceAsync(
        string ns, string name, bool isStatus, Func<KubernetesObject> read, WriteOptions options, Func<Task> checkCreation)
    {
        bool mayCreate = Strategy.AllowsCreateOnUpdate && !isStatus;
        while (true)
        {
            bool isThere = Read().Objects.Find(Key(ns, name)) is not null;
            try
            {
                if (isThere || !mayCreate)
                {
                    return (await UpdateAsync(ns, name, isStatus, isReplacement: true, _ => read(), options), false);
                }

                KubernetesObject value = read();
                CheckNew(value.Metadata, ns, name);
                await checkCreation();
                return (await CreateAsync(ns, value, options), true);
            }
            catch (ApiException exception) when (mayCreate && exception.Code is 404 or 409 && isThere != Read().Objects.Find(Key(ns, name)) is not null)
            {
                // Somebody else deleted it, or created it, in between.
            }
        }
    }

    private async Task<StoredObject> CreateAsync(string ns, KubernetesObject value, WriteOptions options, bool isApplied)
    {
        ObjectMeta metadata = value.Metadata;
        SetNamespace(metadata, ns);
        if (!string.IsNullOrEmpty(metadata.ResourceVersion))
        {
            throw ApiErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }

        if (namespaces is not null && ns.Length > 0)
        {
            await namespaces.RequireAsync(Resource, metadata.Name, ns);
        }

        // Whatever else is wrong with the object; the store looks again when it writes.
        CheckNamespaceExists(ns, metadata is { Name: null or "", GenerateName: null or "" } ? "Unknown" : metadata.Name is { Length: > 0 } given ? given : metadata.GenerateName!);

        metadata.Uid = Guid.NewGuid().ToString();
        metadata.CreationTimestamp = Now();
        metadata.DeletionTimestamp = null;
        metadata.DeletionGracePeriodSeconds = null;
        metadata.ManagedFields = isApplied ? metadata.ManagedFields : null;
        metadata.Generation = Strategy.KeepsGeneration ? 1 : null;
        DropEmpty(metadata);
        MetadataWarnings.Check(metadata, old: null, isPatched: false, Resource.IsBuiltIn, options.Warnings);
        string? prefix = string.IsNullOrEmpty(metadata.Name) ? metadata.GenerateName : null;
        Resource.Strategy.Default(value);
        Resource.Strategy.PrepareForCreate(value, options.Warnings);
        for (int attempt = 1; ; attempt++)
        {
            if (!string.IsNullOrEmpty(prefix))
            {
                metadata.Name = GenerateName(prefix);
            }

            Strategy.Complete(value, old: null);
            options.Admit?.Invoke(value, null);
            Require(value, Resource.Strategy.Validate(value));
            byte[] json = Codec.Encode(value);
            byte[] served = Resource.Stored is null ? json : Codec.Served(value, 0);
            var draft = new ObjectDraft(isApplied ? json : ManagedFieldsCodec.Insert(json, _fields.Create(served, options.FieldManager)));
            if (options.IsDryRun)
            {
                return Read().Objects.Find(draft.Key) is { } existing
                    ? throw ApiErrors.AlreadyExists(Named, draft.Summary.Name, existing.Summary.DeletionTimestamp is not null)
                    : StoredObject.Unversioned(draft);
            }

            WriteResult result = await store.WriteAsync(StoreWrite.Create(StoreName, draft) with
            {
                Requires = ns.Length == 0 || namespaces is not null ? null : (ResourceDefinitions.Namespace.QualifiedName, ns),
            });
            switch (result.Outcome)
            {
                case WriteOutcome.Committed:
                    return result.Object!;
                case WriteOutcome.RequirementMissing:
                    CheckNamespaceExists(ns, draft.Summary.Name);
                    break;
                case WriteOutcome.Exists when string.IsNullOrEmpty(prefix):
                    throw ApiErrors.AlreadyExists(Named, draft.Summary.Name, result.Object!.Summary.DeletionTimestamp is not null);
                case WriteOutcome.Exists when attempt == GenerateAttempts:
                    throw ApiErrors.NameNotGenerated(Named, draft.Summary.Name);
            }
        }
    }

    /// <summary>Gives an object a new version, or none when nothing changes.</summary>
    /// <param name="ns">Namespace, or empty.</param>
    /// <param name="name">Name.</param>
    /// <param name="isStatus">Only the status is taken from the change; otherwise everything but the status.</param>
    /// <param name="isReplacement">The change is a whole object, which must say what version it was made from.</param>
    /// <param name="change">Makes the new object of the present one; called again when somebody else was faster.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ApiException">There is no such object, it has changed, or the new version breaks a rule.</exception>
    public Task<StoredObject> UpdateAsync(
        string ns, string name, bool isStatus, bool isReplacement, Func<StoredObject, KubernetesObject> change, WriteOptions options) =>
        UpdateAsync(ns, name, isStatus, isReplacement, change, options, isApplied: false);

    /// <param name="ns">Namespace, or empty.</param>
    /// <param name="name">Name.</param>
    /// <param name="isStatus">Only the status is taken from the change; otherwise everything but the status.</param>
    /// <param name="isReplacement">The change is a whole object, which must say what version it was made from.</param>
    /// <param name="change">Makes the new object of the present one; called again when somebody else was faster.</param>
    /// <param name="options">How.</param>
    /// <param name="isApplied">The change says who owns what; otherwise that is worked out here.</param>
    private async Task<StoredObject> UpdateAsync(
        string ns, string name, bool isStatus, bool isReplacement, Func<StoredObject, KubernetesObject> change, WriteOptions options, bool isApplied)
    {
        while (true)
        {
            StoredObject current = Get(ns, name);
            KubernetesObject old = Codec.Decode(current);
            KubernetesObject value = change(current);
            RawJson? fields = value.Metadata.ManagedFields;
            CheckIdentity(value.Metadata, current, ns, name, isReplacement);
            if (!isStatus)
            {
                Require(value, ServerFields.Validate(value.Metadata, old.Metadata, isApplied ? null : fields));
            }

            KeepServerFields(value.Metadata, old.Metadata);
            if (isStatus)
            {
                Resource.Strategy.PrepareForStatusUpdate(value, old);
                Strategy.PrepareForStatus(value, old, options.IsApproval);
                Require(value, Resource.Strategy.ValidateStatusUpdate(value, old));
            }
            else if (options.IsFinalization)
            {
                Strategy.PrepareForFinalization(value, old);
                Strategy.Complete(value, old);
            }
            else
            {
                MetadataWarnings.Check(value.Metadata, old.Metadata, isPatched: !isReplacement, Resource.IsBuiltIn, options.Warnings);
                Resource.Strategy.Default(value);
                Resource.Strategy.PrepareForUpdate(value, old, options.Warnings);
                Strategy.Complete(value, old);
            }

            options.Admit?.Invoke(value, old);
            byte[] json = Codec.Encode(value, current.ResourceVersion);
            bool isSame = JsonCompare.AreEqual(json, current.Json);
            if (isSame && fields is null && !isApplied)
            {
                return current;
            }

            if (!isApplied)
            {
                byte[] next = Resource.Stored is null ? json : Codec.Served(value, current.ResourceVersion);
                fields = _fields.Update(Codec.Served(current), next, old.Metadata.ManagedFields, fields, options.FieldManager, SubresourceOf(isStatus, options));
            }

            if (isSame && FieldManager.AreSame(fields, old.Metadata.ManagedFields))
            {
                return current;
            }

            if (!isSame && !isStatus)
            {
                Require(value, Resource.Strategy.ValidateUpdate(value, old));
                if (Strategy.KeepsGeneration && !JsonCompare.WantSame(json, current.Json))
                {
                    value.Metadata.Generation = (old.Metadata.Generation ?? 0) + 1;
                }
            }

            value.Metadata.ManagedFields = fields;
            ObjectDraft draft = Codec.Draft(value);
            if (options.IsDryRun)
            {
                return StoredObject.Create(draft.Summary, draft.Json.Span, current.ResourceVersion);
            }

            bool isLast = current.Summary.DeletionTimestamp is not null && !Strategy.IsHeld(value);
            WriteResult result = await store.WriteAsync(isLast
                ? StoreWrite.Delete(StoreName, current)
                : StoreWrite.Update(StoreName, current, draft));
            if (result.Outcome == WriteOutcome.Committed)
            {
                return isLast ? StoredObject.Create(draft.Summary, draft.Json.Span, result.Object!.ResourceVersion) : result.Object!;
            }
        }
    }

    /// <summary>Deletes an object, or begins to when finalizers hold it.</summary>
    /// <returns>The object, and whether it is gone.</returns>
    /// <exception cref="ApiException">There is no such object, or it is not as the options expect it.</exception>
    public async Task<(StoredObject Object, bool IsGone)> DeleteAsync(string ns, string name, DeleteOptions options)
    {
        if (Strategy.RefuseDeletion(name) is { } refusal)
        {
            throw ApiErrors.Forbidden(Resource.QualifiedName, name, refusal);
        }

        while (true)
        {
            StoredObject current = Get(ns, name);
            CheckPreconditions(current, options);
            KubernetesObject value = Codec.Decode(current);
            options.Admit?.Invoke(value);
            SetPropagation(value.Metadata, options.PropagationPolicy);
            StoreWrite write;
            ObjectDraft? draft = null;
            if (!Strategy.IsHeld(value))
            {
                write = StoreWrite.Delete(StoreName, current);
            }
            else
            {
                if (current.Summary.DeletionTimestamp is null)
                {
                    value.Metadata.DeletionTimestamp = Now();
                    value.Metadata.DeletionGracePeriodSeconds = 0;
                    value.Metadata.Generation = Strategy.KeepsGeneration ? (value.Metadata.Generation ?? 0) + 1 : null;
                    Strategy.BeginDeletion(value);
                }
                else if (JsonCompare.AreEqual(Codec.Encode(value, current.ResourceVersion), current.Json))
                {
                    return (current, false);
                }

                draft = Codec.Draft(value);
                write = StoreWrite.Update(StoreName, current, draft);
            }

            if (options.IsDryRun)
            {
                return (draft is null ? current : StoredObject.Create(draft.Summary, draft.Json.Span, current.ResourceVersion), draft is null);
            }

            WriteResult result = await store.WriteAsync(write);
            if (result.Outcome == WriteOutcome.Committed)
            {
                return (result.Object!, draft is null);
            }
        }
    }

    /// <summary>Gives an object the version that a controller within the server made of it; no rule is asked, only metadata and status may differ.</summary>
    /// <returns>False when the object has changed since, or is gone.</returns>
    public async Task<bool> TryRewriteAsync(StoredObject current, Action<KubernetesObject> change)
    {
        KubernetesObject value = Codec.Decode(current);
        change(value);
        bool isLast = current.Summary.DeletionTimestamp is not null && !Strategy.IsHeld(value);
        WriteResult result = await store.WriteAsync(isLast
            ? StoreWrite.Delete(StoreName, current)
            : StoreWrite.Update(StoreName, current, Codec.Draft(value)));
        return result.Outcome == WriteOutcome.Committed;
    }

    /// <summary>The object as a configuration makes it, with the managedFields it will have.</summary>
    private KubernetesObject Merge(ReadOnlySpan<byte> live, ApplyPatch patch, bool isStatus, WriteOptions options)
    {
        try
        {
            (Value merged, RawJson? fields) = _fields.Apply(
                live, ManagedFieldsCodec.Find(live), patch.Config, options.FieldManager, SubresourceOf(isStatus, options), patch.IsForced);
            KubernetesObject value = Codec.Decode(Responses.Write(merged.WriteTo), options);
            value.Metadata.ManagedFields = fields;
            return value;
        }
        catch (FieldConflictException exception)
        {
            throw ApiErrors.ApplyConflict(exception);
        }
    }

    private void CheckNew(ObjectMeta metadata, string ns, string name)
    {
        // A version to apply to is of no account where there is none.
        metadata.ResourceVersion = null;
        SetNamespace(metadata, ns);
        if (!string.IsNullOrEmpty(metadata.Uid))
        {
            throw ApiErrors.Conflict(Named, name, $"uid mismatch: the provided object specified uid {metadata.Uid}, and no existing object was found");
        }

        CheckName(metadata, name);
    }

    private static void CheckName(ObjectMeta metadata, string name)
    {
        if (string.IsNullOrEmpty(metadata.Name))
        {
            throw ApiErrors.BadRequest($"the name of the object ({name} based on URL) was undeterminable: name must be provided");
        }

        if (metadata.Name != name)
        {
            throw ApiErrors.BadRequest($"the name of the object ({metadata.Name}) does not match the name on the URL ({name})");
        }
    }

    private static string SubresourceOf(bool isStatus, WriteOptions options) => options.IsApproval ? "approval" : isStatus ? "status" : "";

    private static string Key(string ns, string name) => ns.Length == 0 ? name : $"{ns}/{name}";

    private static string GenerateName(string prefix) =>
        string.Concat(prefix.AsSpan(0, Math.Min(prefix.Length, LongestGeneratedPrefix)), RandomNumberGenerator.GetString(NameAlphabet, 5));

    private static void SetNamespace(ObjectMeta metadata, string ns)
    {
        if (!string.IsNullOrEmpty(metadata.Namespace) && metadata.Namespace != ns)
        {
            throw ApiErrors.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata.Namespace = ns.Length == 0 ? null : ns;
    }

    private static void DropEmpty(ObjectMeta metadata)
    {
        metadata.Labels = metadata.Labels is { Count: 0 } ? null : metadata.Labels;
        metadata.Annotations = metadata.Annotations is { Count: 0 } ? null : metadata.Annotations;
        metadata.OwnerReferences = metadata.OwnerReferences is { Count: 0 } ? null : metadata.OwnerReferences;
        metadata.Finalizers = metadata.Finalizers is { Count: 0 } ? null : metadata.Finalizers;
    }

    private static void KeepServerFields(ObjectMeta metadata, ObjectMeta old)
    {
        metadata.Uid = old.Uid;
        metadata.GenerateName = old.GenerateName;
        metadata.Generation = old.Generation;
        metadata.CreationTimestamp = old.CreationTimestamp;
        metadata.DeletionTimestamp = old.DeletionTimestamp;
        metadata.DeletionGracePeriodSeconds = old.DeletionGracePeriodSeconds;
        metadata.ManagedFields = old.ManagedFields;
        DropEmpty(metadata);
    }

    private static void SetPropagation(ObjectMeta metadata, string? policy)
    {
        if (policy is null)
        {
            return;
        }

        List<string> finalizers = [.. (metadata.Finalizers ?? []).Where(f => f is not (OrphanFinalizer or ForegroundFinalizer))];
        string? added = policy switch { "Orphan" => OrphanFinalizer, "Foreground" => ForegroundFinalizer, _ => null };
        if (added is not null)
        {
            finalizers.Add(added);
        }

        metadata.Finalizers = finalizers.Count == 0 ? null : finalizers;
    }

    /// <summary>Now, in the whole seconds that metadata carries.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());

    private void Require(KubernetesObject value, FieldErrorList errors)
    {
        if (errors.Count > 0)
        {
            throw ApiErrors.Invalid(Named.Group, Named.Kind, value.Metadata.Name ?? "", [.. errors.Select(e => e.ToCause())]);
        }
    }

    private void CheckNamespaceExists(string ns, string name)
    {
        if (ns.Length == 0 || namespaces is not null)
        {
            return;
        }

        StoredObject found = store.Read(ResourceDefinitions.Namespace.QualifiedName).Objects.Find(ns)
            ?? throw ApiErrors.NotFound(ResourceDefinitions.Namespace, ns);
        if (found.Summary.DeletionTimestamp is not null)
        {
            throw ApiErrors.NamespaceTerminating(Resource, name, ns);
        }
    }

    private void CheckIdentity(ObjectMeta metadata, StoredObject current, string ns, string name, bool isReplacement)
    {
        SetNamespace(metadata, ns);
        CheckName(metadata, name);
        // 0 is no version of anything: Go's decoder can't tell it from none.
        if (metadata.ResourceVersion is null or "" or "0")
        {
            if (isReplacement && !Strategy.AllowsUnconditionalUpdate)
            {
                // Kubernetes names the resource here, not the kind.
                throw ApiErrors.Invalid(Named.Group, Named.Plural, name,
                [
                    new StatusCause { Reason = "FieldValueInvalid", Field = "metadata.resourceVersion", Message = "Invalid value: 0x0: must be specified for an update" },
                ]);
            }
        }
        else if (!long.TryParse(metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long version))
        {
            throw ApiErrors.BadRequest($"metadata.resourceVersion \"{metadata.ResourceVersion}\" is not a number");
        }
        else if (version != current.ResourceVersion)
        {
            throw ApiErrors.Modified(Named, name);
        }

        if (!string.IsNullOrEmpty(metadata.Uid) && metadata.Uid != current.Summary.Uid)
        {
            // In a replacement it is a precondition, in a patch a change.
            throw !isReplacement ? Invalid(name, "metadata.uid", $"Invalid value: \"{metadata.Uid}\": field is immutable") : ApiErrors.Conflict(Named, name, $"Precondition failed: UID in precondition: {metadata.Uid}, UID in object meta: {current.Summary.Uid}");
        }
    }

    private ApiException Invalid(string name, string field, string message) => ApiErrors.Invalid(
        Resource.Group, Resource.Kind, name, [new StatusCause { Reason = "FieldValueInvalid", Field = field, Message = message }]);

    private void CheckPreconditions(StoredObject current, DeleteOptions options)
    {
        if (!string.IsNullOrEmpty(options.Uid) && options.Uid != current.Summary.Uid)
        {
            throw ApiErrors.PreconditionFailed(
                Named,
                current.Summary.Name,
                $"the UID in the precondition ({options.Uid}) does not match the UID in record ({current.Summary.Uid}). The object might have been deleted and then recreated");
        }

        string version = current.ResourceVersion.ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(options.ResourceVersion) && options.ResourceVersion != version)
        {
            throw ApiErrors.PreconditionFailed(
                Named,
                current.Summary.Name,
                $"the ResourceVersion in the precondition ({options.ResourceVersion}) does not match the ResourceVersion in record ({version}). The object might have been modified");
        }
    }
}
