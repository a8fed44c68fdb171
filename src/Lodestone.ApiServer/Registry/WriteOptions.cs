using Lodestone.Api.Meta;

namespace Lodestone.ApiServer.Registry;

/// <summary>How a write is to be done, and what is to be said about it beside its result.</summary>
internal sealed class WriteOptions
{
    /// <summary>Do everything but store.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>The write is one of <c>/finalize</c>: it may change the finalizers of the spec.</summary>
    public bool IsFinalization { get; init; }

    /// <summary>The write is one of <c>/approval</c>: of the status it may change what was decided.</summary>
    public bool IsApproval { get; init; }

    /// <summary>What to do about unknown and duplicate fields.</summary>
    public FieldValidation FieldValidation { get; init; } = FieldValidation.Warn;

    /// <summary>Who writes, for managedFields; the server itself unless said otherwise.</summary>
    public string FieldManager { get; init; } = "lodestone";

    /// <summary>Keys that stood twice in a YAML body, as <c>line 4: key "a" already set in map</c>.</summary>
    public IReadOnlyList<string> YamlDuplicates { get; init; } = [];

    /// <summary>Members of a patch that are unknown or stand twice in its own text, as <c>duplicate field "data.a"</c>: nothing of that is left once it is applied.</summary>
    public IReadOnlyList<string> PatchProblems { get; init; } = [];

    /// <summary>Refuses the write by throwing; gets the object as it would be stored, and as it is (null at a creation).</summary>
    public Action<KubernetesObject, KubernetesObject?>? Admit { get; init; }

    /// <summary>For the <c>Warning</c> headers of the answer.</summary>
    public List<string> Warnings { get; } = [];
}
