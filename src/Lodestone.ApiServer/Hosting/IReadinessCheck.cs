namespace Lodestone.ApiServer.Hosting;

/// <summary>Something without which the server takes no requests; a line of <c>/readyz</c>.</summary>
internal interface IReadinessCheck
{
    /// <summary>Its name in <c>/readyz/NAME</c>.</summary>
    public string Name { get; }

    /// <summary>Why it isn't so, for an operator; null when it is.</summary>
    public string? Problem { get; }

    /// <summary>As much of <see cref="Problem"/> as may be told to who shows no credentials; nothing unless a check says otherwise.</summary>
    public string PublicProblem => "reason withheld";
}
