import { batch, computed, signal } from '@preact/signals';
import { ApiError, api, taken } from '../api/client.ts';
import type { Crop, Report, Review } from '../api/types.ts';
import { workbench } from '../slides/workbench.ts';
import { t } from '../texts/index.ts';
import { tell, tellError } from '../ui/notices.tsx';
import { person, whoIsIt } from '../ui/person.ts';
import { Upload } from '../upload/upload.ts';
import { type Item, itemsOf, type Step, undoing, withSteps } from './changes.ts';
import { expectCrops } from './expected.ts';
import { Images } from './images.ts';
import { watchSlide } from './watch.ts';

export type Sort = 'number' | 'surest' | 'unsurest';

/** All that the page knows of one slide. The service decides; this shows what it said last. */
export class SlideState {
  readonly report = signal<Report | undefined>(undefined);
  readonly review = signal<Review | undefined>(undefined);
  readonly problem = signal<ApiError | undefined>(undefined);
  readonly images: Images;
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly focused = signal<string | undefined>(undefined);
  readonly sort = signal<Sort>('number');
  readonly upload = signal<Upload | undefined>(undefined);

  readonly items = computed<readonly Item[]>(() =>
    itemsOf(this.report.value?.crops ?? [], this.review.value?.corrections ?? []),
  );
  readonly differential = computed(() => this.review.value?.differential ?? this.report.value?.differential);
  /** Whose the slide is, if it is not this person's. */
  readonly otherPerson = computed(() => {
    const claim = this.review.value?.claim;
    if (!claim) return undefined;
    const { name, identifier } = person.value ?? {};
    const isMine =
      identifier && claim.by.identifier ? identifier === claim.by.identifier : name === claim.by.name;
    return isMine ? undefined : claim;
  });
  readonly canChange = computed(
    () => this.report.value !== undefined && this.report.value.status !== 'open' && !this.otherPerson.value,
  );
  readonly undoSteps = computed(() =>
    this.review.value ? undoing(this.review.value, this.report.value?.crops ?? []) : [],
  );

  #saving: Promise<void> = Promise.resolve();
  #stopWatching = () => {};

  constructor(readonly id: string) {
    this.images = new Images(id, () => workbench.value?.imagesKept ?? false);
  }

  async open(): Promise<void> {
    await this.load();
    this.#stopWatching = watchSlide(this.id, ({ revision, changeCount, claim, status }) => {
      // While crops come, whoever sends them shows them.
      if (status === 'open') return;
      void this.#saving.then(() => {
        const review = this.review.value;
        const isNew =
          revision !== this.report.value?.revision ||
          changeCount > (review?.changes.length ?? 0) ||
          claim !== review?.claim?.by.name;
        if (isNew) return this.load();
      });
    });
  }

  close(): void {
    this.upload.value?.cancel();
    this.#stopWatching();
    this.images.dispose();
  }

  async load(): Promise<void> {
    try {
      const params = { path: { id: this.id } };
      const [report, review] = await Promise.all([
        taken(api.GET('/v1/slides/{id}', { params })),
        taken(api.GET('/v1/slides/{id}/review', { params })),
      ]);
      batch(() => {
        this.report.value = report as Report;
        this.review.value = review;
        this.problem.value = undefined;
      });
    } catch (error) {
      if (error instanceof ApiError) this.problem.value = error;
      else tellError(error);
    }
  }

  /** Sends crops; if all are good, the slide is complete then. */
  async send(files: readonly File[]): Promise<void> {
    this.upload.value?.cancel();
    const upload = new Upload({
      slideId: this.id,
      files,
      onCrops: (crops) => {
        for (const { crop, file } of crops) this.images.add(crop.crop, file);
        this.addCrops(crops.map(({ crop }) => crop));
      },
    });
    this.upload.value = upload;
    expectCrops(this.id, files.length);
    await upload.run();
    const isGood = upload.phase.value === 'done' && upload.bad.value.length === 0;
    if (isGood && this.report.value?.status === 'open') await this.complete();
    else if (upload.phase.value !== 'cancelled') await this.load();
  }

  /** Shows crops that have just been classified. */
  addCrops(crops: readonly Crop[]): void {
    const report = this.report.value;
    if (!report) return;
    const known = new Set(report.crops.map(({ crop }) => crop));
    const fresh = crops.filter(({ crop }) => !known.has(crop));
    if (fresh.length > 0) this.report.value = { ...report, crops: [...report.crops, ...fresh] };
  }

  /** Gives crops another class: seen at once, and kept by the service. */
  async assign(steps: readonly Step[]): Promise<void> {
    if (steps.length === 0 || !this.canChange.value) return;
    const by = await whoIsIt();
    if (!by) return;
    const review = this.review.value;
    if (review) this.review.value = { ...review, corrections: withSteps(review.corrections, steps) };
    this.#saving = this.#saving.then(async () => {
      try {
        const after = this.review.value?.changes.length ?? 0;
        const saved = await taken(
          api.POST('/v1/slides/{id}/review', {
            params: { path: { id: this.id } },
            body: { by, after, changes: [...steps] },
          }),
        );
        this.review.value = saved;
      } catch (error) {
        // The service's word stands.
        tellError(error);
        await this.load();
      }
    });
    await this.#saving;
  }

  async assignSelected(name: string): Promise<void> {
    const crops = this.targets();
    if (crops.length === 0) return;
    this.selected.value = new Set();
    await this.assign(crops.map((crop) => ({ crop, class: name })));
  }

  /** The selected crops, or else the one that has the focus. */
  targets(): string[] {
    if (this.selected.value.size > 0) return [...this.selected.value];
    return this.focused.value === undefined ? [] : [this.focused.value];
  }

  async undo(): Promise<void> {
    // What is being saved is the last change.
    await this.#saving;
    const steps = this.undoSteps.value;
    if (steps.length === 0) return;
    await this.assign(steps);
    tell(t('review.undone', { count: steps.length }));
  }

  async takeOver(): Promise<void> {
    const by = await whoIsIt();
    if (!by) return;
    try {
      await taken(
        api.POST('/v1/slides/{id}/claim', {
          params: { path: { id: this.id } },
          body: { by, takeOver: true },
        }),
      );
    } catch (error) {
      tellError(error);
    }
    await this.load();
  }

  /** @returns whether it is complete now. */
  async complete(): Promise<boolean> {
    try {
      await taken(api.POST('/v1/slides/{id}/complete', { params: { path: { id: this.id } } }));
    } catch (error) {
      tellError(error);
    }
    await this.load();
    return this.report.value?.status === 'complete';
  }

  /** @throws {ApiError} what the service says against it. */
  async signOff(comment: string): Promise<void> {
    const by = await whoIsIt();
    const review = this.review.value;
    if (!by || !review) return;
    await this.#saving;
    const body = {
      by,
      revision: review.revision,
      corrections: review.corrections,
      ...(comment && { comment }),
    };
    await taken(api.POST('/v1/slides/{id}/verify', { params: { path: { id: this.id } }, body }));
    await this.load();
  }
}
