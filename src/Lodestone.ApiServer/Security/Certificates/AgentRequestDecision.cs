namespace Lodestone.ApiServer.Security.Certificates;

/// <summary>What is decided about an agent's request for a certificate.</summary>
/// <param name="IsApproved">True: it may be signed. False: it will not be. Null: somebody has to decide by hand.</param>
/// <param name="Reason">Why, in one CamelCase word.</param>
/// <param name="Message">Why, for a person.</param>
internal sealed record AgentRequestDecision(bool? IsApproved, string Reason, string Message);
