namespace Lodestone.Controllers.LoadBalancers;

/// <summary>One condition's content.</summary>
/// <param name="IsTrue">Whether it holds.</param>
/// <param name="Reason">Why, in one CamelCase word.</param>
/// <param name="Message">Why, for a person, and what to do.</param>
internal readonly record struct Finding(bool IsTrue, string Reason, string Message);
