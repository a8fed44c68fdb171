namespace Lodestone.ApiServer.Pipeline;

/// <summary>Filters around an end, the first outermost.</summary>
internal static class RequestPipeline
{
    /// <summary>One function of all filters and the end.</summary>
    public static Func<ApiRequest, Task> Build(IReadOnlyList<IRequestFilter> filters, Func<ApiRequest, Task> end)
    {
        Func<ApiRequest, Task> next = end;
        foreach (IRequestFilter filter in filters.Reverse())
        {
            Func<ApiRequest, Task> inner = next;
            next = request => filter.InvokeAsync(request, inner);
        }

        return next;
    }
}
