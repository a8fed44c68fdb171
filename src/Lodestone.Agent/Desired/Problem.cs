using Lodestone.Api.Meta;

namespace Lodestone.Agent.Desired;

/// <summary>Why an object is not, or not wholly, in the data path.</summary>
/// <param name="Kind">Kind of the object it is told of.</param>
/// <param name="Key">The object.</param>
/// <param name="Reason">One CamelCase word of <see cref="Reasons"/>.</param>
/// <param name="Message">For a person: what is wrong and what to do.</param>
public sealed record Problem(string Kind, ObjectKey Key, string Reason, string Message);
