using Lodestone.Api.Meta;

namespace Lodestone.Api.Resources;

/// <summary>Of kinds that are asked and answered but never stored; who answers checks the question.</summary>
/// <typeparam name="T">The kind.</typeparam>
internal sealed class ReviewStrategy<T> : ResourceStrategy<T>
    where T : KubernetesObject
{
    private protected override void KeepDesiredState(T resource, T old)
    {
    }
}
